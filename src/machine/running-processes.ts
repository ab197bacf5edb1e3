/** The processes of Pocket that work on repositories on this machine, and which of them are to pause. Each has a small file, and another one beside it while it is to pause. */
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileError, systemCode} from '../errors.js'
import {livenessOf, ownIdentity, type ProcessIdentity} from '../util/process-identity.js'

export interface RunningProcess {
  pid: number
  /** The words of its command. */
  command: string
  profile: string | undefined
  startedMs: number
  isPaused: boolean
}

interface Stored {
  identity: ProcessIdentity
  command: string
  profile?: string
  startedMs: number
}

const SUFFIX = '.json'
const MARK_SUFFIX = '.paused'

function folderOf(stateDirectory: string): string {
  return join(stateDirectory, 'processes')
}

function markOf(stateDirectory: string, pid: number): string {
  return join(folderOf(stateDirectory), `${pid}${MARK_SUFFIX}`)
}

/** Everything here throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export interface Registration {
  /** Whether somebody wants this process to pause. */
  isPaused(): boolean
  setPaused(isPaused: boolean): void
  end(): void
}

/** Notes this process, and that it is not to pause. Throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export function registerProcess(stateDirectory: string, {command, profile}: Pick<RunningProcess, 'command' | 'profile'>): Registration {
  const {pid} = process
  const file = join(folderOf(stateDirectory), `${pid}${SUFFIX}`)
  const mark = markOf(stateDirectory, pid)
  try {
    mkdirSync(folderOf(stateDirectory), {recursive: true, mode: 0o700})
    // Of a process of before that had the same number.
    rmSync(mark, {force: true})
    const stored: Stored = {identity: ownIdentity(), command, profile, startedMs: Date.now()}
    writeFileSync(file, JSON.stringify(stored), {mode: 0o600})
  } catch (error) {
    throw fileError(error, `cannot note this process in '${folderOf(stateDirectory)}'`)
  }
  return {
    isPaused: () => readMark(mark) !== undefined,
    setPaused: (isPaused) => (isPaused ? pauseProcess(stateDirectory, pid, undefined) : resumeProcess(stateDirectory, pid)),
    end: () => {
      remove(file)
      remove(mark)
    },
  }
}

/** Those that live. Files of others are removed. Throws as `pauseProcess`. */
export function runningProcesses(stateDirectory: string): RunningProcess[] {
  const folder = folderOf(stateDirectory)
  const running: RunningProcess[] = []
  const names = namesIn(folder)
  for (const name of names.filter((each) => each.endsWith(SUFFIX))) {
    const stored = readStored(join(folder, name))
    if (stored === undefined) continue
    const {identity, command, profile, startedMs} = stored
    const liveness = livenessOf(identity)
    const mark = markOf(stateDirectory, identity.pid)
    if (liveness === 'alive') running.push({pid: identity.pid, command, profile, startedMs, isPaused: readMark(mark) !== undefined})
    if (liveness !== 'dead') continue
    remove(join(folder, name))
    remove(mark)
  }
  // Of processes that ended while they were being marked.
  for (const name of names.filter((each) => each.endsWith(MARK_SUFFIX))) {
    if (!names.includes(`${name.slice(0, -MARK_SUFFIX.length)}${SUFFIX}`)) remove(join(folder, name))
  }
  return running.sort((a, b) => a.startedMs - b.startedMs)
}

/** Has it pause, until it is resumed or `untilMs`, in ms since 1970. Throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export function pauseProcess(stateDirectory: string, pid: number, untilMs: number | undefined): void {
  try {
    writeWhole(markOf(stateDirectory, pid), JSON.stringify({untilMs}))
  } catch (error) {
    throw fileError(error, `cannot have process ${pid} pause`)
  }
}

/** An empty file would be a pause without an end. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.new`
  try {
    writeFileSync(temporary, text, {mode: 0o600})
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, {force: true})
    throw error
  }
}

/** Throws as `pauseProcess`. */
export function resumeProcess(stateDirectory: string, pid: number): void {
  remove(markOf(stateDirectory, pid))
}

function remove(path: string): void {
  try {
    rmSync(path, {force: true})
  } catch (error) {
    throw fileError(error, `cannot remove '${path}'`)
  }
}

/** Undefined where there is none, or its time is over. */
function readMark(path: string): {untilMs?: number} | undefined {
  const mark = readJson(path) as {untilMs?: number} | undefined
  return mark?.untilMs !== undefined && mark.untilMs <= Date.now() ? undefined : mark
}

function readStored(path: string): Stored | undefined {
  const stored = readJson(path) as Partial<Stored> | undefined
  return typeof stored?.identity?.pid === 'number' && typeof stored.command === 'string' ? (stored as Stored) : undefined
}

/** An object; an empty one for what is just being written, undefined where there is nothing. */
function readJson(path: string): object | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw fileError(error, `cannot read '${path}'`)
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fileError(error, `cannot look into '${folder}'`)
  }
}
