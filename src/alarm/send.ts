/** One message by one channel. */
import {PocketError} from '../errors.js'
import {childEnvironment} from '../util/child-environment.js'
import type {Redactor} from '../util/redact.js'
import {runShell} from '../util/run-shell.js'
import {showOnDesktop} from './desktop.js'
import {mailServerName, sendMail} from './email.js'
import {parseUrl, post} from './http.js'
import {type AlarmMessage, messageJson, type Ping} from './message.js'
import {readSecretText} from './secret-text.js'
import type {AlarmChannel} from './settings.js'

export interface SendOptions {
  redactor: Redactor
  /** How long a server has to answer, in ms. */
  timeoutMs?: number
  /** How long is waited before the second attempt, in ms. */
  pauseMs?: number
  attempts?: number
  /** Certificates that mail servers are trusted by, beside those of the system. */
  certificateAuthority?: string
}

export type PingChannel = Extract<AlarmChannel, {type: 'ping'}>
export type MessageChannel = Exclude<AlarmChannel, PingChannel>

const TIMEOUT_MS = 15_000
const PAUSE_MS = 1000
const ATTEMPTS = 3
const COMMAND_TIMEOUT_MS = 60_000
const KEEP_BYTES = 4096
/** What monitors of the healthchecks kind take of a log. */
const LOG_BYTES = 100_000

/** Throws `alarm-failed`; neither it nor what it says holds a secret. */
export async function sendMessage(channel: MessageChannel, message: AlarmMessage, options: SendOptions): Promise<void> {
  const {redactor, timeoutMs = TIMEOUT_MS, certificateAuthority} = options
  const clean = redactor.redactAll(message)
  switch (channel.type) {
    case 'webhook': {
      const url = parseUrl(await readSecretText(channel.url, 'the URL of the webhook', redactor), 'the webhook')
      await post(url, 'the webhook', {body: JSON.stringify(messageJson(clean)), contentType: 'application/json', ...retries(options)})
      return
    }
    case 'email': {
      const password = channel.password && (await readSecretText(channel.password, 'the password of the mail server', redactor))
      await sendMail(channel, clean, {password, timeoutMs, certificateAuthority})
      return
    }
    case 'desktop':
      await showOnDesktop(clean)
      return
    case 'command':
      await runCommand(channel.command, clean)
  }
}

/** Throws `alarm-failed`. */
export async function sendPing(channel: PingChannel, {kind, runId, log}: Ping, options: SendOptions): Promise<void> {
  const {redactor} = options
  const url = parseUrl(await readSecretText(channel.url, 'the URL of the ping', redactor), 'the ping')
  const ending = {start: '/start', success: '', failure: '/fail', log: '/log'}[kind]
  url.pathname = `${url.pathname.replace(/\/$/, '')}${ending}`
  if (runId !== '') url.searchParams.set('rid', runId)
  const body = Buffer.from(redactor.redact(log)).subarray(-LOG_BYTES).toString('utf8')
  await post(url, 'the ping', {body, contentType: 'text/plain; charset=utf-8', ...retries(options)})
}

/** Where a channel leads, as it may be shown. */
export async function placeOf(channel: AlarmChannel, redactor: Redactor): Promise<string> {
  if (channel.type === 'email') return mailServerName(channel.server)
  if (channel.type === 'desktop') return 'this desktop'
  if (channel.type === 'command') return 'a command'
  return parseUrl(await readSecretText(channel.url, `the URL of the ${channel.type}`, redactor), `the ${channel.type}`).origin
}

function retries({timeoutMs = TIMEOUT_MS, pauseMs = PAUSE_MS, attempts = ATTEMPTS}: SendOptions): {
  timeoutMs: number
  pauseMs: number
  attempts: number
} {
  return {timeoutMs, pauseMs, attempts}
}

async function runCommand(command: string, message: AlarmMessage): Promise<void> {
  const json = messageJson(message)
  const variables = Object.entries(json).map(([name, value]) => [`POCKET_ALARM_${name.toUpperCase()}`, String(value ?? '')])
  const {exitCode, isTimedOut} = await runShell(command, {
    environment: childEnvironment(Object.fromEntries(variables) as Record<string, string>),
    input: `${JSON.stringify(json)}\n`,
    timeoutMs: COMMAND_TIMEOUT_MS,
    keepBytes: KEEP_BYTES,
  })
  if (exitCode === 0 && !isTimedOut) return
  throw new PocketError('alarm-failed', `the command for alarms ${isTimedOut ? 'took too long' : `ended with ${exitCode ?? 'a signal'}`}`)
}
