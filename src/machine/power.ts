import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import type {Machine} from './machine.js'

/** Whether the machine runs on battery. False where there is none, and where nobody can tell: a run is not to be put off for ever. */
export async function isOnBattery(machine: Machine): Promise<boolean> {
  if (machine.platform === 'linux') return isOnBatteryOfLinux(join(machine.root, '/sys/class/power_supply'))
  if (machine.platform === 'darwin') {
    const {stdout} = await machine.runCommand('pmset', ['-g', 'batt'])
    return stdout.includes("'Battery Power'")
  }
  if (machine.platform !== 'win32') return false
  // 1: the battery is discharging.
  const script = '(Get-CimInstance -ClassName Win32_Battery | Measure-Object -Property BatteryStatus -Minimum).Minimum'
  const {stdout} = await machine.runCommand('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script])
  return stdout.trim() === '1'
}

/** A supply that is plugged in says `online`; without one that says so, a battery of the machine that is discharging tells. */
async function isOnBatteryOfLinux(folder: string): Promise<boolean> {
  const supplies = await Promise.all((await namesIn(folder)).map((name) => readSupply(join(folder, name))))
  if (supplies.some(({type, online}) => type !== 'Battery' && online === '1')) return false
  return supplies.some(({type, scope, status}) => type === 'Battery' && scope !== 'Device' && status === 'Discharging')
}

interface Supply {
  type: string
  online: string
  status: string
  /** `Device` is the battery of a mouse. */
  scope: string
}

async function readSupply(folder: string): Promise<Supply> {
  const [type, online, status, scope] = await Promise.all(['type', 'online', 'status', 'scope'].map((name) => readWord(join(folder, name))))
  return {type, online, status, scope}
}

/** Empty when there is none: not every supply has every file, and some cannot be read at times. */
async function readWord(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return ''
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}
