/** Runs the built command line as a child process in a home of its own. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {chown, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {ExecutionContext} from 'ava'
import {RESTRICTED} from '../users.js'

export const PROGRAM = fileURLToPath(new URL('../../../bin/pocket.js', import.meta.url))

/** What runs by itself on the machine of the tests is none of theirs. */
const NO_SCHEDULER = {POCKET_SCHEDULER: 'none'}

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Added to an environment that has PATH and HOME. */
  environment?: Record<string, string>
  directory?: string
  input?: string
  /** Called with the running process. */
  onStart?: (child: ChildProcessWithoutNullStreams) => void
}

export interface Home {
  /** The home folder, empty at first; everything of the test lies in it. */
  path: string
  run(words: readonly string[], options?: RunOptions): Promise<Outcome>
  /** Runs, and fails the test unless it ends with 0. */
  succeed(words: readonly string[], options?: RunOptions): Promise<Outcome>
  /** Runs with `--json`, and parses each line of stdout. */
  json(words: readonly string[], options?: RunOptions): Promise<JsonObject[]>
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into the objects, and fail where they are not as documented
export type JsonObject = Record<string, any>

export interface HomeOptions {
  /** Runs as somebody whom modes keep from reading, in tests of `onRestricted`. */
  isRestricted?: boolean
}

export async function createHome(t: ExecutionContext, {isRestricted = false}: HomeOptions = {}): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'pocket-home-'))
  t.teardown(() => rm(path, {recursive: true, force: true}))
  const user = isRestricted ? RESTRICTED : undefined
  if (user !== undefined) await chown(path, user, user)
  const identity = user === undefined ? {} : {uid: user, gid: user}
  const run = (words: readonly string[], options: RunOptions = {}): Promise<Outcome> => runChild(path, words, options, identity)
  const succeed = async (words: readonly string[], options?: RunOptions): Promise<Outcome> => {
    const outcome = await run(words, options)
    t.is(outcome.code, 0, `pocket ${words.join(' ')}: ${outcome.stderr}`)
    return outcome
  }
  const json = async (words: readonly string[], options?: RunOptions): Promise<JsonObject[]> => {
    const {stdout} = await succeed([...words, '--json'], options)
    return parseLines(stdout)
  }
  return {path, run, succeed, json}
}

/** Each line as an object; a list that is streamed over several lines is one. */
export function parseLines(text: string): JsonObject[] {
  try {
    return [JSON.parse(text) as JsonObject]
  } catch {
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonObject)
  }
}

/** The error that stderr ends with. */
export function errorOf({stderr}: Outcome): JsonObject {
  return parseLines(stderr).at(-1) as JsonObject
}

/** Writes files by their relative names; a name that ends with a slash is an empty folder. */
export async function writeTree(root: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name)
    await mkdir(name.endsWith('/') ? path : dirname(path), {recursive: true})
    if (!name.endsWith('/')) await writeFile(path, text)
  }
}

/** A repository without encryption, which opens fastest, with one snapshot of `files` in `source`. */
export async function createSnapshot(home: Home, files: Record<string, string>): Promise<{repository: string; source: string}> {
  const repository = join(home.path, 'repository')
  const source = join(home.path, 'source')
  await writeTree(source, files)
  await home.succeed(['init', '--repository', repository, '--no-encryption'])
  await home.succeed(['snapshot', '--repository', repository, source])
  return {repository, source}
}

function runChild(home: string, words: readonly string[], options: RunOptions, identity: {uid?: number; gid?: number}): Promise<Outcome> {
  const {environment = {}, directory = home, input = '', onStart} = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: directory,
      env: {PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...NO_SCHEDULER, ...environment},
      ...identity,
    })
    const outcome: Outcome = {code: null, stdout: '', stderr: ''}
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({...outcome, code}))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    onStart?.(child)
  })
}
