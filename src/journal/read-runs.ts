/** Reads what the journal has of runs. A line that was torn, as by a power loss, is passed over. */
import {closeSync, openSync, readdirSync, readFileSync, readSync} from 'node:fs'
import {join} from 'node:path'
import {PocketError, systemCode} from '../errors.js'
import {livenessOf} from '../util/process-identity.js'
import {findHolder} from '../util/process-lock.js'
import {
  END_BYTES,
  type RunEnd,
  runLockPath,
  type RunRecord,
  runsFolder,
  type RunStart,
  START_BYTES,
  type TimedRunEvent,
} from './run-record.js'
import type {RunState} from './run-words.js'

/** Newest first. Throws system errors. */
export function* readRuns(stateDirectory: string, profile: string): Generator<RunRecord> {
  const folder = runsFolder(stateDirectory, profile)
  // No run begins before the last one of its profile has ended, whatever became of it.
  let hasNewer = false
  for (const name of namesIn(folder).reverse()) {
    const run = name.endsWith('.jsonl') ? readRun(join(folder, name), stateDirectory) : undefined
    if (run === undefined) continue
    yield run.state === 'running' && hasNewer ? {...run, state: 'killed'} : run
    hasNewer ||= run.state !== 'busy'
  }
}

/** The profiles that have run, by their names. */
export function profilesWithRuns(stateDirectory: string): string[] {
  return namesIn(join(stateDirectory, 'runs')).map((name) => decodeURIComponent(name))
}

/** The latest `count` runs of `profiles` together, newest first. */
export function latestRuns(stateDirectory: string, profiles: readonly string[], count: number): RunRecord[] {
  const found = profiles.flatMap((profile) => take(readRuns(stateDirectory, profile), count))
  return found.sort((a, b) => b.startedMs - a.startedMs).slice(0, count)
}

/** The run whose id begins with `prefix`. Throws `usage` when there is none, or more than one. */
export function findRun(stateDirectory: string, prefix: string): RunRecord {
  const found: RunRecord[] = []
  for (const profile of profilesWithRuns(stateDirectory)) {
    for (const run of readRuns(stateDirectory, profile)) if (run.id.startsWith(prefix)) found.push(run)
  }
  if (found.length === 1) return found[0]
  const what = found.length === 0 ? `there is no run '${prefix}'` : `'${prefix}' is the beginning of ${found.length} runs`
  throw new PocketError('usage', what, {hint: "'pocket runs' shows them"})
}

/** What a run told, oldest first. Throws system errors. */
export function readEvents({path}: Pick<RunRecord, 'path'>): TimedRunEvent[] {
  const [, , ...lines] = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line) => (parseLine(line) as TimedRunEvent | undefined) ?? [])
}

/** Undefined for a file that is gone, or of which not even the start was written. */
function readRun(path: string, stateDirectory: string): RunRecord | undefined {
  const head = readHead(path)
  const [startLine = '', endLine = ''] = head?.split('\n') ?? []
  const start = parseLine(startLine) as RunStart | undefined
  if (start?.id === undefined || start.process === undefined) return undefined
  const end = parseLine(endLine) as RunEnd | undefined
  return {...start, ...(end && {end}), state: end?.status ?? stateOf(start, stateDirectory), path}
}

/** Of a run without an end. One of another container is alive while it holds the lock of its profile. */
function stateOf({process, profile, id}: RunStart, stateDirectory: string): RunState {
  const liveness = livenessOf(process)
  if (liveness !== 'unknown') return liveness === 'alive' ? 'running' : 'killed'
  return findHolder(runLockPath(stateDirectory, profile))?.note === id ? 'running' : 'killed'
}

function readHead(path: string): string | undefined {
  const bytes = Buffer.alloc(START_BYTES + END_BYTES)
  try {
    const file = openSync(path, 'r')
    try {
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseLine(line: string): unknown {
  try {
    return line.trim() === '' ? undefined : (JSON.parse(line) as unknown)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Sorted; none when there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = []
  if (count <= 0) return taken
  for (const item of items) if (taken.push(item) >= count) break
  return taken
}
