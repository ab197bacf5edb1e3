/** What is wrong with a config file, and the paths that stand in one. */
import {homedir} from 'node:os'
import {isAbsolute, join} from 'node:path'
import {PocketError} from '../errors.js'
import {suggest} from './suggest.js'

const SECRET_KEY = /^(password|passphrase|key|secret|token|access_key(_id)?|(aws_)?secret(_access)?_key|aws_\w+)$/i

export function unknownKey(key: string, known: readonly string[], place: string): PocketError {
  if (SECRET_KEY.test(key)) {
    return new PocketError('usage', `'${key}' ${place}: the config file holds no secrets`, {
      hint: 'take it out, and name the place of the secret: key_file, password_file, password_command, profile or credentials_file',
    })
  }
  const near = suggest(key, known)
  const all = `known are ${known.join(', ')}`
  return new PocketError('usage', `unknown key '${key}' ${place}`, {hint: near === undefined ? all : `did you mean '${near}'? ${all}`})
}

export function wrong(path: string, problem: string, hint: string): PocketError {
  return new PocketError('usage', `${problem}, in the config file '${path}'`, {hint})
}

/** Nobody can tell what a relative path in this file would be relative to. */
export function absolutePath(value: string, {key, path}: {key: string; path: string}): string {
  if (value === '~' || value.startsWith('~/')) return join(homedir(), value.slice(1))
  if (isAbsolute(value)) return value
  throw wrong(path, `'${key}' is a relative path`, "write it from the root, or from your home folder as '~/…'")
}
