/** `pocket init --nightly`: which folders are saved every night, and who is told when that fails. */
import {stat} from 'node:fs/promises'
import {homedir} from 'node:os'
import {fileError, PocketError, systemCode} from '../errors.js'
import type {AlarmTarget, NightlyProfile} from './config/profile-text.js'
import {absolutePath, wrongIn} from './path-questions.js'
import {printable} from './printable.js'
import type {Questions} from './questions.js'

const PROFILE = 'default'
const AT = '02:00'

export interface NightlyFlags {
  folder?: readonly string[]
  alarm?: readonly string[]
}

/** What the flags do not say is asked. Throws `usage` where nobody can be asked for the folders, and for what cannot be. */
export async function askNightly(flags: NightlyFlags, questions: Questions | undefined): Promise<NightlyProfile> {
  const folders = flags.folder === undefined ? await askFolders(questions) : flags.folder.map(absolutePath)
  await requireFolders(folders)
  const alarms = flags.alarm === undefined ? await askAlarms(questions) : parseTargets(flags.alarm)
  return {name: PROFILE, folders, alarms, at: AT}
}

async function askFolders(questions: Questions | undefined): Promise<string[]> {
  if (questions === undefined) {
    throw new PocketError('usage', 'nothing says which folders to save every night', {hint: 'name each with --folder'})
  }
  const check = (answer: string): Promise<string | undefined> => wrongIn(() => requireFolders(foldersOf(answer)))
  return foldersOf(await questions.text('Which folders are to be saved every night? (commas between several)', {initial: homedir(), check}))
}

function foldersOf(answer: string): string[] {
  return answer.split(',').flatMap((part) => (part.trim() === '' ? [] : [absolutePath(part)]))
}

async function requireFolders(folders: readonly string[]): Promise<void> {
  if (folders.length === 0) throw new PocketError('usage', 'no folder is named')
  for (const folder of folders) {
    try {
      await stat(folder)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw fileError(error, `cannot look at '${folder}'`)
      throw new PocketError('path-missing', `there is nothing at '${folder}'`, {cause: error})
    }
  }
}

async function askAlarms(questions: Questions | undefined): Promise<AlarmTarget[]> {
  if (questions === undefined) return []
  const message = "Who is to be told when that fails? (URL of a ping or webhook, or 'desktop'; empty for nobody)"
  const check = (answer: string): Promise<string | undefined> => wrongIn(() => targetsOf(answer))
  return targetsOf(await questions.text(message, {initial: '', check}))
}

function targetsOf(answer: string): AlarmTarget[] {
  return parseTargets(answer.split(/[\s,]+/).filter((word) => word !== ''))
}

/** Hosts and paths of those who wait for a sign of life; everything else takes messages. */
const PING_HOST = /(^|\.)hc-ping\.com$|(^|\.)cronitor\.link$/i
const PING_PATH = /\/ping\/[^/]+|^\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\/?$/i

/** Exported for tests. */
export function parseTargets(words: readonly string[]): AlarmTarget[] {
  return words.map((word) => {
    if (word === 'desktop') return {type: 'desktop', value: ''}
    const [, type, url] = /^(?:(ping|webhook):)?(https?:\/\/.+)$/i.exec(word) ?? []
    if (url !== undefined && URL.canParse(url)) return {type: (type as 'ping' | 'webhook' | undefined) ?? kindOf(new URL(url)), value: url}
    // It may be a secret that lacks its beginning, so it is not repeated whole.
    throw new PocketError('usage', `'${printable(word.slice(0, 8))}…' is nobody to tell`, {
      hint: "write 'https://…', 'ping:https://…', 'webhook:https://…' or 'desktop'; mail and commands are set up in the config file",
    })
  })
}

function kindOf(url: URL): 'ping' | 'webhook' {
  return PING_HOST.test(url.hostname) || PING_PATH.test(url.pathname) ? 'ping' : 'webhook'
}
