/** Keeps the journal from growing for ever. */
import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {runFileName, runsFolder} from './run-record.js'

const MOST_RUNS = 1000
const OLDEST_MS = 400 * 24 * 60 * 60_000

/** Removes what is beyond 1,000 runs of `profile`, or older than 400 days; the latest stays however old it is. Throws system errors. */
export function dropOldRuns(stateDirectory: string, profile: string, nowMs: number): void {
  const folder = runsFolder(stateDirectory, profile)
  const names = namesIn(folder)
  const oldest = runFileName({startedMs: Math.max(0, nowMs - OLDEST_MS), id: ''})
  const old = names.slice(0, -1).filter((name, place) => place < names.length - MOST_RUNS || name < oldest)
  for (const name of old) rmSync(join(folder, name), {force: true})
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}
