/** Says in an error about credentials from where they were taken. */
import {isPocketError, PocketError} from '../../errors.js'
import type {S3Options} from './options.js'

/** `error` of a request; where its hint names every place that credentials can come from, it names the one that was used. */
export function namingCredentials(error: unknown, {credentialsFile, profile = process.env.AWS_PROFILE || undefined}: S3Options): unknown {
  if (!isPocketError(error)) return error
  const hint = hintOf(error, credentialsFile, profile)
  return hint === undefined ? error : new PocketError(error.code, error.message, {hint, retryable: error.retryable, cause: error})
}

/** Undefined when the error's own says what there is to say. */
function hintOf({code, hint = ''}: PocketError, credentialsFile: string | undefined, profile: string | undefined): string | undefined {
  if (code === 'credentials-refused') {
    const key = /^check (AWS_\w+), the profile, or the credentials file$/.exec(hint)?.[1]
    if (key === undefined) return undefined
    if (credentialsFile !== undefined) return `check ${key} in the credentials file '${credentialsFile}'`
    return profile === undefined ? undefined : `check ${key.toLowerCase()} of the profile '${profile}' in ~/.aws`
  }
  if (code !== 'credentials-missing' || profile === undefined || !hint.startsWith('give --credentials-file')) return undefined
  return `the profile '${profile}' gives none: check its name, and what ~/.aws/config and ~/.aws/credentials say of it`
}
