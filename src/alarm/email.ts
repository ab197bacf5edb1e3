/** Alarms by mail. */
import {PocketError} from '../errors.js'
import type {AlarmMessage} from './message.js'
import type {AlarmChannel} from './settings.js'

export interface MailOptions {
  password: string | undefined
  timeoutMs: number
  /** Certificates that are trusted beside those of the system. */
  certificateAuthority?: string
}

const PORTS: Readonly<Record<string, number>> = {'smtp:': 587, 'smtps:': 465}

/** The server as it may be shown. Throws `alarm-failed`. */
export function mailServerName(server: string): string {
  const {protocol, host} = parseServer(server)
  return `${protocol}//${host}`
}

/** A password goes over an encrypted connection only, but for a server on this machine. Throws `alarm-failed`. */
export async function sendMail(
  channel: Extract<AlarmChannel, {type: 'email'}>,
  message: AlarmMessage,
  options: MailOptions,
): Promise<void> {
  const {createTransport} = await import('nodemailer')
  const {hostname, port, protocol} = parseServer(channel.server)
  const {password, timeoutMs, certificateAuthority} = options
  const user = channel.user
  const transport = createTransport({
    host: hostname,
    port: port === '' ? PORTS[protocol] : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: user !== undefined && !isLocal(hostname),
    ...(user !== undefined && {auth: {user, pass: password ?? ''}}),
    ...(certificateAuthority !== undefined && {tls: {ca: certificateAuthority}}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    await transport.sendMail({
      from: channel.from,
      to: [...channel.to],
      subject: `[pocket] ${message.title}`,
      text: `${message.text}\n`,
      date: new Date(message.atMs),
      headers: {'Auto-Submitted': 'auto-generated', 'X-Pocket-Occasion': message.occasion},
    })
  } catch (error) {
    throw new PocketError('alarm-failed', `the mail server '${mailServerName(channel.server)}' ${reasonOf(error)}`, {retryable: true})
  } finally {
    transport.close()
  }
}

function parseServer(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url && url.protocol in PORTS && url.hostname !== '') return url
  throw new PocketError('alarm-failed', 'the mail server is not given as smtp://HOST:PORT or smtps://HOST:PORT')
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.')
}

/** Not the library's message, which may hold what was said to the server. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  const code = 'code' in error ? String(error.code) : error.name
  const answer = 'responseCode' in error ? ` (${String(error.responseCode)})` : ''
  if (code === 'EAUTH') return `refuses the user or the password${answer}`
  if (code === 'ETLS') return 'does not offer an encrypted connection'
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return `refuses the mail${answer}`
  return `cannot be reached: ${code}${answer}`
}
