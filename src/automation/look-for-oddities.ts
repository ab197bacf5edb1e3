/** Compares a snapshot with those of its profile before it, and keeps the last good one when it is odd. */
import {isPocketError, type PocketError} from '../errors.js'
import {readRuns} from '../journal/read-runs.js'
import type {RunSnapshot} from '../journal/run-record.js'
import type {Repository} from '../operations/open-repository.js'
import {findOddity, type Oddity, type PastSnapshot} from './oddity.js'

export interface OddityRequest {
  stateDirectory: string
  profile: string
  /** This run, which is not compared with itself. */
  runId: string
  startedMs: number
  snapshot: RunSnapshot
}

export interface FoundOddity extends Oddity {
  /** What the last good snapshot is called since it was pinned. */
  pinned?: string
  /** Why it could not be. */
  problem?: PocketError
}

/** Beyond them, nothing says more. */
const MOST_HISTORY = 500

export async function lookForOddities(repository: Repository, request: OddityRequest): Promise<FoundOddity | undefined> {
  const {stateDirectory, profile, runId, startedMs, snapshot} = request
  const history: PastSnapshot[] = []
  for (const run of readRuns(stateDirectory, profile)) {
    const past = run.end?.snapshot
    if (run.id !== runId && past?.id !== undefined && past.parent !== undefined) history.unshift({...past, startedMs: run.startedMs})
    if (history.length >= MOST_HISTORY) break
  }
  const oddity = findOddity({...snapshot, startedMs}, history)
  return oddity && {...oddity, ...(await pinFirst(repository, oddity.goodSnapshots))}
}

/** Pins the first of `wanted` that is still there, under whatever id it is stored by now. */
async function pinFirst(repository: Repository, wanted: readonly string[]): Promise<Pick<FoundOddity, 'pinned' | 'problem'>> {
  const {listSnapshots} = await import('../operations/list-snapshots.js')
  const {findSnapshot} = await import('../operations/find-snapshot.js')
  const {markSnapshots} = await import('../operations/mark-snapshots.js')
  try {
    const present = await listSnapshots(repository)
    const good = wanted.flatMap((one) => present.find(({id, original}) => id === one || original === one) ?? []).at(0)
    if (good === undefined) return {}
    const [renamed] = await markSnapshots(repository, [await findSnapshot(repository, good.id)], {pinned: true})
    return {pinned: renamed.to}
  } catch (error) {
    if (!isPocketError(error)) throw error
    return {problem: error}
  }
}
