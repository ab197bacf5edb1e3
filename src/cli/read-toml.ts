/** Files of TOML: the library is loaded when there is one. */
import {readFile} from 'node:fs/promises'
import {fileError, PocketError, systemCode} from '../errors.js'

/** A parsed document, or a table in it. */
export type TomlTable = Readonly<Record<string, unknown>>

/** A file that is longer is none of ours. */
const MAX_BYTES = 1024 * 1024

/** The text of the file at `path`, which `what` names in messages; undefined when there is none. Throws `usage`, `permission-denied`, `io-failed`. */
export async function readTextIfPresent(path: string, what: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= MAX_BYTES) return bytes.toString('utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, `cannot read ${what} '${path}'`)
  }
  throw new PocketError('usage', `${what} '${path}' is longer than ${MAX_BYTES / 1024} KiB`, {hint: 'check its path'})
}

/** Throws `usage` with line and column, and never repeats the line: it may hold what should not be there. */
export async function parseToml(text: string, {path, what}: {path: string; what: string}): Promise<TomlTable> {
  const {parse, TomlError} = await import('smol-toml')
  try {
    return parse(text.replace(/^\uFEFF/, ''), {unsafeKeyBehaviour: 'throw', maxDepth: 20})
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason] = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1)
    throw new PocketError('usage', `${what} '${path}' is not TOML: line ${error.line}, column ${error.column}: ${reason}`, {
      hint: 'text stands in quotes, and each line says key = value',
    })
  }
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
