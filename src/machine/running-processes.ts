/** The processes of Pocket that work on repositories on this machine, and which of them are to pause. Each has a small file, and another one beside it while it is to pause. */
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
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

function folderOf(stateDirectory: string): string {
  return join(stateDirectory, 'processes')
}

function markOf(stateDirectory: string, pid: number): string {
  return join(folderOf(stateDirectory), `${pid}.paused`)
}

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
    setPaused: (isPaused) => (isPaused ? writeFileSync(mark, '{}', {mode: 0o600}) : rmSync(mark, {force: true})),
    end: () => {
      rmSync(file, {force: true})
      rmSync(mark, {force: true})
    },
  }
}

/** Those that live. Files of others are removed. */
export function runningProcesses(stateDirectory: string): RunningProcess[] {
  const folder = folderOf(stateDirectory)
  const running: RunningProcess[] = []
  for (const name of namesIn(folder).filter((each) => each.endsWith(SUFFIX))) {
    const stored = readStored(join(folder, name))
    if (stored === undefined) continue
    const {identity, command, profile, startedMs} = stored
    const liveness = livenessOf(identity)
    const mark = markOf(stateDirectory, identity.pid)
    if (liveness === 'alive') running.push({pid: identity.pid, command, profile, startedMs, isPaused: readMark(mark) !== undefined})
    if (liveness !== 'dead') continue
    rmSync(join(folder, name), {force: true})
    rmSync(mark, {force: true})
  }
  return running.sort((a, b) => a.startedMs - b.startedMs)
}

/** Has it pause, until it is resumed or `untilMs`, in ms since 1970. Throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export function pauseProcess(stateDirectory: string, pid: number, untilMs: number | undefined): void {
  try {
    writeFileSync(markOf(stateDirectory, pid), JSON.stringify({untilMs}), {mode: 0o600})
  } catch (error) {
    throw fileError(error, `cannot have process ${pid} pause`)
  }
}

/** Throws as `pauseProcess`. */
export function resumeProcess(stateDirectory: string, pid: number): void {
  try {
    rmSync(markOf(stateDirectory, pid), {force: true})
  } catch (error) {
    throw fileError(error, `cannot have process ${pid} go on`)
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
