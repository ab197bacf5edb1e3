/** `[profiles.NAME.alarms]`: who is told of what. */
import {type AlarmChannel, type AlarmSettings, type Occasion, OCCASIONS, type SecretText} from '../../automation/profile.js'
import {parseSpan, parseSpanOrNone} from '../parse-span.js'
import type {TableReader} from './table-reader.js'

interface AlarmDefaults {
  on: readonly Occasion[]
  repeat: string
  silence: string
}

/** Throws `usage`. */
export function parseAlarms(reader: TableReader | undefined, defaults: AlarmDefaults): AlarmSettings {
  const silenceMs = reader?.parsed('silence', parseSpanOrNone) ?? parseSpan(defaults.silence, 'alarms')
  const settings = {
    on: readOccasions(reader) ?? defaults.on,
    repeatMs: reader?.parsed('repeat', parseSpan) ?? parseSpan(defaults.repeat, 'alarms'),
    silenceMs: silenceMs === 0 ? undefined : silenceMs,
    channels: reader === undefined ? [] : readChannels(reader),
  }
  reader?.finish()
  return settings
}

function readOccasions(reader: TableReader | undefined): Occasion[] | undefined {
  const words = reader?.texts('on')
  const odd = words?.find((word) => !OCCASIONS.includes(word as Occasion))
  if (reader && odd !== undefined) throw reader.wrong('on', `has '${odd}'`, `known are ${OCCASIONS.join(', ')}`)
  return words as Occasion[] | undefined
}

function readChannels(reader: TableReader): AlarmChannel[] {
  const url =
    (key: string) =>
    (item: string | TableReader): SecretText =>
      readSecretUrl(item, key, reader)
  const command = reader.texts('command') ?? []
  return [
    ...reader.items('webhook').map((item): AlarmChannel => ({type: 'webhook', url: url('webhook')(item)})),
    ...reader.items('ping').map((item): AlarmChannel => ({type: 'ping', url: url('ping')(item)})),
    ...reader.items('email').map((item): AlarmChannel => readEmail(item, reader)),
    ...(reader.boolean('desktop') ? [{type: 'desktop'} as const] : []),
    ...command.map((one): AlarmChannel => ({type: 'command', command: one})),
  ]
}

/** Who knows such a URL can use it: it may stand in a file or be printed by a command, too. */
function readSecretUrl(item: string | TableReader, key: string, reader: TableReader): SecretText {
  if (typeof item !== 'string') return requireSecret(readSecret(item, 'url'), item, 'url')
  if (/^https?:\/\/[^/]/i.test(item) && URL.canParse(item)) return {type: 'value', value: item}
  // It is not repeated: it may be a secret that lacks its beginning.
  throw reader.wrong(key, 'is not a URL', "write 'https://…', or {url_file = '…'} or {url_command = '…'}")
}

function readEmail(item: string | TableReader, reader: TableReader): AlarmChannel {
  if (typeof item === 'string') throw reader.wrong('email', 'is not a table', "write {server = 'smtps://…', from = '…', to = '…'}")
  const channel = {
    type: 'email' as const,
    server: item.text('server') ?? '',
    user: item.text('user'),
    password: readSecret(item, 'password', {isPassword: true}),
    from: item.text('from') ?? '',
    to: item.texts('to') ?? [],
  }
  item.finish()
  if (!/^smtps?:\/\/[^/@]+$/i.test(channel.server)) {
    throw item.wrong(
      'server',
      'is not a mail server',
      "write 'smtps://mail.example.org' or 'smtp://mail.example.org:587', without user and password",
    )
  }
  if (!channel.from.includes('@')) throw item.wrong('from', 'is not an address', "write it as 'pocket@example.org'")
  if (channel.to.length === 0 || !channel.to.every((to) => to.includes('@'))) {
    throw item.wrong('to', 'is not an address', "write it as 'you@example.org', or a list of these")
  }
  return channel
}

function requireSecret(secret: SecretText | undefined, item: TableReader, key: string): SecretText {
  item.finish()
  if (secret !== undefined) return secret
  throw item.wrong(key, 'is missing', `write ${key}, ${key}_file or ${key}_command`)
}

/** Of a password only the place may be named. */
function readSecret(item: TableReader, key: string, {isPassword = false} = {}): SecretText | undefined {
  const value = isPassword ? undefined : item.text(key)
  const file = item.file(`${key}_file`)
  const command = item.text(`${key}_command`)
  if (value !== undefined) return {type: 'value', value}
  if (file !== undefined) return {type: 'file', path: file}
  return command === undefined ? undefined : {type: 'command', command}
}
