/** Writes the config file as a person would: text with comments, which no library that writes TOML keeps. */
import {randomBytes} from 'node:crypto'
import {open, readFile, realpath, rename, stat, unlink} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {fileError, isPocketError, PocketError, systemCode} from '../errors.js'
import {makeFolders} from '../util/make-folders.js'
import {type NightlyProfile, profileLines} from './config/profile-text.js'
import type {ConfigValue} from './settings.js'
import {tomlText} from './toml-text.js'

/** What stands above each key that a person meets first; the others speak for themselves. */
const COMMENTS: Readonly<Record<string, string>> = {
  location: 'Where it is: a path, or s3://BUCKET/PREFIX.',
  endpoint: "URL of the server; without it, Amazon's.",
  region: 'Without it, found by asking the server.',
  profile: 'Credentials are those of this profile of ~/.aws.',
  credentials_file: 'Credentials are in this file: AWS_ACCESS_KEY_ID=…, AWS_SECRET_ACCESS_KEY=…',
  key_file: 'The key that opens it. Keep a copy on another device.',
  password_file: 'The first line of this file is the password.',
  password_command: 'The first line that this command prints is the password.',
  storage_class: 'For packs of data only.',
  lock_days: 'What is stored cannot be removed for so many days.',
}

/** Keys that are worth knowing of, as examples that do nothing. */
const EXAMPLES = [
  ['password_command', '"secret-tool lookup name pocket"', ['password_command', 'password_file', 'key_file']],
  ['limit_upload', '"10M"', ['limit_upload']],
] as const

/** The text of a config file whose table `[repository]` has these values, with a profile that is saved every night if there is one. */
export function configText(repository: Readonly<Record<string, ConfigValue>>, nightly?: NightlyProfile): string {
  const lines = [
    '# Settings of Pocket. All keys: docs/configuration.md.',
    '# A flag beats a POCKET_* variable, which beats this file. Secrets do not belong here, only where they are.',
    '',
    '[repository]',
  ]
  for (const [key, value] of Object.entries(repository)) {
    if (key in COMMENTS) lines.push(`# ${COMMENTS[key]}`)
    lines.push(`${key} = ${tomlValue(value)}`)
  }
  for (const [key, value, unless] of EXAMPLES) {
    if (!unless.some((other) => other in repository)) lines.push(`# ${key} = ${value}`)
  }
  if (nightly !== undefined) lines.push(...profileLines(nightly))
  return `${lines.join('\n')}\n`
}

/** The same settings on one line, without comments. */
export function configLine(repository: Readonly<Record<string, ConfigValue>>): string {
  return `repository = {${Object.entries(repository)
    .map(([key, value]) => `${key} = ${tomlValue(value)}`)
    .join(', ')}}`
}

/**
 * Writes `text`, for its owner only, and never over a file that is there. Throws `usage` when there is one, `permission-denied`, `no-space`,
 * `read-only`, `io-failed`.
 */
export async function writeConfig(path: string, text: string): Promise<void> {
  try {
    await writePrivateFile(path, text, `the config file '${path}'`)
  } catch (error) {
    if (isPocketError(error) && systemCode(error.cause) === 'EEXIST') throw configExists(path)
    throw error
  }
}

/** Writes a file that only its owner may read, durably, where there is none yet; `what` names it. Throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export async function writePrivateFile(path: string, text: string, what: string): Promise<void> {
  try {
    await makeFolders(dirname(path))
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } catch (error) {
      await unlink(path)
      throw error
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(error, `cannot write ${what}`)
  }
}

/**
 * Puts `text` in the place of a config file that is there, at once and durably, with its mode; behind a symbolic link, the file that it leads to.
 * Throws as `writeConfig`, and `usage` when the file does not hold `before` any more.
 */
export async function replaceConfig(path: string, before: string, text: string): Promise<void> {
  const temporary = await editingCopy(path, text)
  try {
    const target = await realpath(path)
    if ((await readFile(target, 'utf8')) !== before) {
      throw new PocketError('usage', `the config file '${path}' was changed meanwhile by somebody else`, {
        hint: 'run the same command again',
      })
    }
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await unlink(temporary)
    throw fileError(error, `cannot write the config file '${path}'`)
  }
}

/** A durable copy with this text beside the config file, of its mode, for whoever edits it; its path. Throws as `writeConfig`. */
export async function editingCopy(path: string, text: string): Promise<string> {
  try {
    const target = await realpath(path)
    const copy = join(dirname(target), `.${basename(target)}-${randomBytes(4).toString('hex')}.toml`)
    const {mode, uid, gid} = await stat(target)
    const file = await open(copy, 'wx', 0o600)
    try {
      // Of somebody else's file that root edits, the owner stays the owner.
      if (process.getuid?.() === 0) await file.chown(uid, gid)
      if (process.platform !== 'win32') await file.chmod(mode & 0o777)
      await file.writeFile(text)
      await file.sync()
    } catch (error) {
      await unlink(copy)
      throw error
    } finally {
      await file.close()
    }
    return copy
  } catch (error) {
    throw fileError(error, `cannot write beside the config file '${path}'`)
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and needs it not.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Gives the file at `path` another name beside it, which is returned. Throws as `writeConfig`. */
export async function setAside(path: string, nowMs = Date.now()): Promise<string> {
  const day = new Date(nowMs).toISOString().slice(0, 10)
  const kept = `${path}.${day}-${randomBytes(2).toString('hex')}`
  try {
    await rename(path, kept)
  } catch (error) {
    throw fileError(error, `cannot rename the config file '${path}'`)
  }
  return kept
}

export function configExists(path: string): PocketError {
  return new PocketError('usage', `there is a config file at '${path}' already`, {
    hint: 'edit it, move it away, or name another with --config',
  })
}

function tomlValue(value: ConfigValue): string {
  return typeof value === 'string' ? tomlText(value) : String(value)
}
