/** The journal of the runs that a schedule has begun. */
import {describeEvent} from '../../journal/describe-event.js'
import {readEvents, readRuns} from '../../journal/read-runs.js'
import type {RunRecord} from '../../journal/run-record.js'
import type {Schedule} from '../../schedule/schedule.js'
import {printable} from '../printable.js'
import {runLines} from '../reporters/run-list.js'
import {sleep} from './sleep.js'

const LOOK_EVERY_MS = 500

export interface FollowOptions {
  stateDirectory: string
  signal: AbortSignal
  onLine: (line: string) => void
}

/** Newest first, as many as hold so many events, and at least one. */
export function lastRuns(stateDirectory: string, {name, profile}: Schedule, lines: number): RunRecord[] {
  const runs: RunRecord[] = []
  let count = 0
  for (const run of readRuns(stateDirectory, profile)) {
    if (run.schedule !== name) continue
    if (runs.length > 0 && count >= lines) break
    runs.push(run)
    count += readEvents(run).length + 1
  }
  return runs
}

/** The last so many lines of what these runs told. */
export function logLines(newestFirst: readonly RunRecord[], lines: number): string[] {
  return newestFirst
    .toReversed()
    .flatMap((run, index) => [...(index === 0 ? [] : ['']), ...runLines(run, readEvents(run))])
    .slice(-lines)
}

/** What the runs of a schedule tell from now on, until `signal`. */
export async function followLogs(schedule: Schedule, {stateDirectory, signal, onLine}: FollowOptions): Promise<void> {
  const [known] = lastRuns(stateDirectory, schedule, 0)
  let current = known
  let told = known === undefined ? 0 : readEvents(known).length
  let hasEnded = known?.end !== undefined
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, signal)
    const [run] = lastRuns(stateDirectory, schedule, 0)
    if (run === undefined) continue
    if (run.id !== current?.id) {
      for (const line of ['', ...runLines(run, []).slice(0, 3)]) onLine(line)
      told = 0
      hasEnded = false
    }
    current = run
    const events = readEvents(run)
    for (const event of events.slice(told)) onLine(printable(describeEvent(event)))
    told = events.length
    if (run.end !== undefined && !hasEnded) onLine(`run ${run.id.slice(0, 8)}: ${run.state}`)
    hasEnded = run.end !== undefined
  }
}
