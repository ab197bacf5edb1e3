/** Alarms on the screen of whoever is logged in. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {PocketError, systemCode} from '../errors.js'
import {childEnvironment} from '../util/child-environment.js'
import type {AlarmMessage} from './message.js'

export interface DesktopCommand {
  program: string
  words: string[]
  variables: Record<string, string>
}

const MAC_SCRIPT = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run']

/** A toast needs the name of a program that Windows knows; its own is not installed as such. */
const WINDOWS_SCRIPT = `
$kind = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$toast = $kind::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$lines = $toast.GetElementsByTagName('text')
$lines.Item(0).AppendChild($toast.CreateTextNode($env:POCKET_ALARM_TITLE)) | Out-Null
$lines.Item(1).AppendChild($toast.CreateTextNode($env:POCKET_ALARM_TEXT)) | Out-Null
$name = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$kind::CreateToastNotifier($name).Show([Windows.UI.Notifications.ToastNotification]::new($toast))
`
const LONGEST_TEXT = 400
const TIMEOUT_MS = 15_000

/** What shows `message` on `platform`. */
export function desktopCommand(
  {title, text, occasion}: AlarmMessage,
  platform: NodeJS.Platform,
  sessionBus: string | undefined,
): DesktopCommand {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  if (platform === 'darwin') {
    return {program: '/usr/bin/osascript', words: [...MAC_SCRIPT.flatMap((line) => ['-e', line]), title, short], variables: {}}
  }
  if (platform === 'win32') {
    const script = Buffer.from(WINDOWS_SCRIPT, 'utf16le').toString('base64')
    const words = ['-NoProfile', '-NonInteractive', '-EncodedCommand', script]
    return {program: 'powershell.exe', words, variables: {POCKET_ALARM_TITLE: title, POCKET_ALARM_TEXT: short}}
  }
  const isCalm = occasion === 'success' || occasion === 'recovery' || occasion === 'test'
  return {
    program: 'notify-send',
    words: ['--app-name=Pocket', `--urgency=${isCalm ? 'normal' : 'critical'}`, '--', title, short],
    variables: sessionBus === undefined ? {} : {DBUS_SESSION_BUS_ADDRESS: sessionBus},
  }
}

/** Throws `alarm-failed`. */
export async function showOnDesktop(message: AlarmMessage): Promise<void> {
  const {program, words, variables} = desktopCommand(message, process.platform, sessionBusOf(process.env))
  const child = spawn(program, words, {
    env: childEnvironment(variables),
    stdio: 'ignore',
    windowsHide: true,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  let code: number | null
  try {
    code = ((await once(child, 'exit')) as [number | null])[0]
  } catch (error) {
    const reason = systemCode(error) ?? (error instanceof Error && error.name === 'AbortError' ? 'no answer in time' : undefined)
    if (reason === undefined) throw error
    const hint = reason === 'ENOENT' && program === 'notify-send' ? {hint: 'install libnotify-bin'} : {}
    throw new PocketError('alarm-failed', `'${program}' cannot show a notification: ${reason}`, hint)
  }
  if (code !== 0) {
    throw new PocketError('alarm-failed', `'${program}' cannot show a notification: it ended with ${code ?? 'a signal'}`, {
      hint: 'nobody may be logged in',
    })
  }
}

/** What runs by itself is not told where the user's desktop is. */
function sessionBusOf({DBUS_SESSION_BUS_ADDRESS: given}: NodeJS.ProcessEnv): string | undefined {
  if (given !== undefined || process.platform !== 'linux') return given
  const path = `/run/user/${process.getuid?.()}/bus`
  return existsSync(path) ? `unix:path=${path}` : undefined
}
