/** Where a repository is, as far as the command line must know: a bucket, or a folder of this machine. */
import {PocketError} from '../errors.js'

const USER_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i

/** Whether a location means a bucket. */
export function isBucketLocation(location: string): boolean {
  return /^s3:\/\//i.test(location)
}

/** Whether both name the same place, apart from how it is written. */
export function isSameLocation(a: string, b: string): boolean {
  const plain = (location: string): string => location.replace(/^s3:/i, 's3:').replace(/(?<=[^/])\/+$/, '')
  return plain(a) === plain(b)
}

/** Throws `usage`, without repeating it, when a URL holds a user, a key or a password: command lines and logs can be read by others. */
export function refuseSecretIn(url: string, what: string): void {
  if (!USER_IN_URL.test(url)) return
  throw new PocketError('usage', `${what} holds a user or a secret, which others could read`, {
    hint: 'give keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or --credentials-file; they may have been seen: think of replacing them',
  })
}

/** `text` without what stands in front of the `@` of a URL. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"@]*(?:@[^\s/?#'"@]*)*@/gi, '$1…@')
}
