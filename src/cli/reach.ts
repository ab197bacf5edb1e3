/** From settings to how a bucket is reached. */
import {PocketError} from '../errors.js'
import {findCredentialsFile} from './credentials-setting.js'
import type {Reach, S3Options} from '../operations/reach.js'
import {
  BUCKET_SETTINGS,
  ENCRYPTIONS,
  findSetting,
  type Given,
  LOCK_MODES,
  readBoolean,
  readChoice,
  readCount,
  readRate,
  readSize,
  readText,
  readUrl,
  type SettingName,
  type SettingSources,
} from './settings.js'

const MOST_CONNECTIONS = 1024
/** A century: a retention in compliance mode cannot be taken back by anybody. */
const MOST_LOCK_DAYS = 36_525

export interface ReachOptions extends Pick<Reach, 'onRetry' | 'signal'> {
  /** Whether the command stores anything: only then what is asked of the server for stored objects counts. */
  isWriting?: boolean
}

/** How a folder of this machine is reached. Throws `usage`. */
export function ratesOf(sources: SettingSources): Pick<Reach, 'limitUpload' | 'limitDownload'> {
  return {limitUpload: readRate(findSetting('limit-upload', sources)), limitDownload: readRate(findSetting('limit-download', sources))}
}

/** How a bucket is reached. Throws `usage` for a value that cannot be, and for values that exclude each other. */
export function reachOf(sources: SettingSources, {isWriting = false, onRetry, signal}: ReachOptions = {}): Reach {
  const find = (name: SettingName): Given | undefined => findSetting(name, sources)
  refuseIdleAuthority(find)
  const s3: S3Options = {
    endpoint: readUrl(find('endpoint')),
    region: readText(find('region')),
    profile: readText(find('profile')),
    credentialsFile: readText(findCredentialsFile(sources)),
    pathStyle: readBoolean(find('path-style')),
    caFile: readText(find('ca-file')),
    insecureTls: readBoolean(find('insecure-tls')),
    connections: readCount(find('connections'), MOST_CONNECTIONS),
    gapBytes: readSize(find('gap')),
    encryption: encryptionOf(find, isWriting),
    ...(isWriting ? {storageClass: readText(find('storage-class')), lock: lockOf(find)} : {}),
  }
  return {s3, ...ratesOf(sources), onRetry, signal}
}

type Find = (name: SettingName) => Given | undefined

function refuseIdleAuthority(find: Find): void {
  const [insecure, authority] = [find('insecure-tls'), find('ca-file')]
  if (readBoolean(insecure) !== true || authority === undefined) return
  throw new PocketError('usage', `${authority.from} is of no use with ${insecure?.from}, which checks no certificate`, {
    hint: 'leave out one of the two',
  })
}

/** A key that is sent with each request is needed for reading too; the others only where something is written. */
function encryptionOf(find: Find, isWriting: boolean): S3Options['encryption'] {
  const [kind, kmsKey, customerKey] = [find('server-side-encryption'), find('sse-kms-key-id'), find('sse-customer-key-file')]
  const other = kind ?? kmsKey
  if (customerKey !== undefined && other !== undefined) {
    throw new PocketError('usage', `${customerKey.from} and ${other.from} exclude each other`, {hint: 'leave out one of the two'})
  }
  const keyFile = readText(customerKey)
  if (keyFile !== undefined) return {type: 'customer', keyFile}
  const type = readChoice(kind, ENCRYPTIONS) ?? (kmsKey && 'aws:kms')
  if (type === 'AES256' && kmsKey !== undefined) {
    throw new PocketError('usage', `${kmsKey.from} is of no use with ${kind?.from} AES256`, {
      hint: "say 'aws:kms', or leave out the key's id",
    })
  }
  if (type === undefined || !isWriting) return undefined
  return type === 'AES256' ? {type} : {type, keyId: readText(kmsKey)}
}

function lockOf(find: Find): S3Options['lock'] {
  const [days, mode] = [readCount(find('lock-days'), MOST_LOCK_DAYS), find('lock-mode')]
  if (days !== undefined) return {days, mode: readChoice(mode, LOCK_MODES) ?? 'governance'}
  if (mode === undefined) return undefined
  throw new PocketError('usage', `${mode.from} does nothing without --lock-days`, {hint: 'give --lock-days too, or leave it out'})
}

/** Throws `usage` when a flag is given that means nothing for a folder of this machine; variables and the config file may stay as they are. */
export function refuseBucketFlags(flags: Readonly<Record<string, unknown>>, location: string): void {
  const idle = Object.keys(BUCKET_SETTINGS).filter((name) => flags[name] !== undefined && flags[name] !== false)
  if (flags['path-style'] === false) idle.push('no-path-style')
  if (flags['create-bucket'] === true) idle.push('create-bucket')
  if (idle.length === 0) return
  const names = idle.map((name) => `--${name}`).join(', ')
  throw new PocketError('usage', `${names} would do nothing: '${location}' is a folder of this machine`, {
    hint: `leave ${idle.length === 1 ? 'it' : 'them'} out, or name a repository in a bucket: s3://BUCKET/PREFIX`,
  })
}
