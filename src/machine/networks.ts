import {networkInterfaces} from 'node:os'
import type {Machine} from './machine.js'

/**
 * The names of the networks that the machine is in, each once: of connections as NetworkManager has them, of wireless networks, and of interfaces that have an
 * address (`eth0`, `wg0`). Programs that are not there have nothing to add.
 */
export async function networkNames(machine: Machine, interfaces = networkInterfaces()): Promise<string[]> {
  const names = await namesOf(machine)
  const connected = Object.entries(interfaces)
    .filter(([, addresses]) => addresses?.some(({internal}) => !internal))
    .map(([name]) => name)
  return [...new Set([...names, ...connected])].filter((name) => name !== '')
}

async function namesOf(machine: Machine): Promise<string[]> {
  if (machine.platform === 'linux') return namesOfLinux(machine)
  if (machine.platform === 'darwin') return namesOfMac(machine)
  if (machine.platform === 'win32') return namesOfWindows(machine)
  return []
}

async function namesOfLinux({runCommand}: Machine): Promise<string[]> {
  const [connections, wireless, wirelessOld] = await Promise.all([
    runCommand('nmcli', ['--terse', '--fields', 'NAME', 'connection', 'show', '--active']),
    runCommand('iw', ['dev']),
    runCommand('iwgetid', ['--raw']),
  ])
  return [
    // A colon or backslash in a name has a backslash in front of it.
    ...linesOf(connections.stdout).map((line) => line.replaceAll(/\\(.)/g, '$1')),
    ...linesOf(wireless.stdout).flatMap((line) => /^\s*ssid (.+)$/.exec(line)?.[1] ?? []),
    ...linesOf(wirelessOld.stdout),
  ]
}

/** `networksetup` knows of preferred networks only since macOS 15; `ipconfig` still tells what the interface is in. */
async function namesOfMac({runCommand}: Machine): Promise<string[]> {
  const {stdout: ports} = await runCommand('networksetup', ['-listallhardwareports'])
  const device = /Hardware Port: (?:Wi-Fi|AirPort)\nDevice: (\S+)/.exec(ports)?.[1]
  if (device === undefined) return []
  const [airport, summary] = await Promise.all([
    runCommand('networksetup', ['-getairportnetwork', device]),
    runCommand('ipconfig', ['getsummary', device]),
  ])
  const names = [/^Current Wi-Fi Network: (.+)$/m.exec(airport.stdout)?.[1], /^\s*SSID : (.+)$/m.exec(summary.stdout)?.[1]]
  return names.filter((name) => name !== undefined)
}

async function namesOfWindows({runCommand}: Machine): Promise<string[]> {
  const script = '[Console]::OutputEncoding = [Text.Encoding]::UTF8; (Get-NetConnectionProfile).Name'
  const [wireless, profiles] = await Promise.all([
    runCommand('netsh', ['wlan', 'show', 'interfaces']),
    runCommand('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]),
  ])
  return [...linesOf(wireless.stdout).flatMap((line) => /^\s*SSID\s*: (.+)$/.exec(line)?.[1]?.trim() ?? []), ...linesOf(profiles.stdout)]
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}
