/** The file of `--credentials-file`: lines `NAME=value` as object stores hand them out. */
import {stat} from 'node:fs/promises'
import {PocketError, systemCode} from '../../errors.js'
import {readStart} from '../../util/read-start.js'

export interface FileCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
  bucket: string | undefined
  region: string | undefined
  endpoint: string | undefined
}

const MAX_BYTES = 64 * 1024
const OTHERS = 0o077
const NAMES: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'BUCKET_NAME',
  'AWS_REGION',
  'BUCKET_REGION',
  'AWS_ENDPOINT_URL',
])

/**
 * Throws `credentials-missing` when it cannot be read, is not understood or lacks a key, and `permission-denied` when others than its owner may read it.
 * What it holds is in no message.
 */
export async function readCredentialsFile(path: string): Promise<FileCredentials> {
  const text = await readText(path)
  const values = parseLines(text, path)
  const value = (name: string): string | undefined => values.get(name) || undefined
  const accessKeyId = value('AWS_ACCESS_KEY_ID')
  const secretAccessKey = value('AWS_SECRET_ACCESS_KEY')
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'
    throw new PocketError('credentials-missing', `the credentials file '${path}' has no line '${missing}=…'`, {
      hint: 'it has the lines AWS_ACCESS_KEY_ID=…, AWS_SECRET_ACCESS_KEY=… and, if you like, BUCKET_NAME=…',
    })
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: value('AWS_SESSION_TOKEN'),
    bucket: value('BUCKET_NAME'),
    region: value('AWS_REGION') ?? value('BUCKET_REGION'),
    endpoint: value('AWS_ENDPOINT_URL'),
  }
}

async function readText(path: string): Promise<string> {
  try {
    const file = await stat(path)
    if (file.isDirectory()) {
      throw new PocketError('credentials-missing', `the credentials file '${path}' is a folder`, {hint: 'name the file in it'})
    }
    // Windows has no such bits: there every file seems open to all.
    if (process.platform !== 'win32' && (file.mode & OTHERS) !== 0) {
      throw new PocketError('permission-denied', `others than you may read the credentials file '${path}'`, {
        hint: `keep it to yourself: chmod 600 ${quote(path)}`,
      })
    }
    return (await readStart(path, MAX_BYTES)).toString('utf8')
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('credentials-missing', `cannot read the credentials file '${path}': ${code}`, {
      hint: 'check its path',
      cause: error,
    })
  }
}

/** Empty lines, comments, `export` and quotes are as in a shell's file of variables; lines about other things are passed over. */
function parseLines(text: string, path: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const [, name, rest] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(.*)$/.exec(line) ?? []
    if (name === undefined || !NAMES.has(name)) continue
    const value = valueIn(rest)
    if (value === undefined) throw notUnderstood(path, index + 1, name)
    values.set(name, value)
  }
  return values
}

/**
 * The value behind a name, without the quotes that enclose all of it; undefined for what a shell would read otherwise, such as a comment behind
 * the value: a part of it must not be taken for a key.
 */
function valueIn(rest: string): string | undefined {
  const [, text] = /^\s*=\s*(.*?)\s*$/.exec(rest) ?? []
  if (text === undefined) return undefined
  return /^'([^']*)'$/.exec(text)?.[1] ?? /^"([^"\\$`]*)"$/.exec(text)?.[1] ?? /^[^\s'"]*$/.exec(text)?.[0]
}

function notUnderstood(path: string, line: number, name: string): PocketError {
  return new PocketError('credentials-missing', `line ${line} of the credentials file '${path}' is not understood`, {
    hint: `write ${name}=VALUE, or ${name}='VALUE', and nothing behind it on the line`,
  })
}

function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
