/** How a repository grew: what the snapshots of each day, week, month or year added. */
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import {bucketOf} from '../snapshot/local-calendar.js'
import {measureAll, type MeasureOptions} from './measure-snapshots.js'

export type GrowthPeriod = 'day' | 'week' | 'month' | 'year'

export interface PeriodGrowth {
  /** `2026-11-21`, `2026-W47`, `2026-11` or `2026`, in the local time zone. */
  name: string
  snapshots: number
  /** Stored bytes that its snapshots need and no older ones do, of those that are still there. */
  addedBytes: number
  /** With all periods before it. */
  totalBytes: number
}

export interface RepositoryGrowth {
  period: GrowthPeriod
  /** Oldest first, the last twelve; those without a snapshot are left out. */
  periods: PeriodGrowth[]
}

const BUCKETS = {day: 'daily', week: 'weekly', month: 'monthly', year: 'yearly'} as const
const MOST_PERIODS = 12

/** Throws `interrupted`, and what the backend throws. */
export async function repositoryGrowth(repository: Repository, options: MeasureOptions = {}): Promise<RepositoryGrowth> {
  const snapshots = await loadSnapshots(repository, repository.onWarning)
  const sizes = await measureAll(repository, snapshots, options)
  const period = choosePeriod(snapshots)
  const periods = new Map<string, PeriodGrowth>()
  let totalBytes = 0
  for (const {id, record} of snapshots) {
    const name = bucketOf(record.timeNs, BUCKETS[period])
    const growth = periods.get(name) ?? {name, snapshots: 0, addedBytes: 0, totalBytes}
    const addedBytes = sizes.get(id)?.addedBytes ?? 0
    totalBytes += addedBytes
    periods.set(name, {name, snapshots: growth.snapshots + 1, addedBytes: growth.addedBytes + addedBytes, totalBytes})
  }
  return {period, periods: [...periods.values()].slice(-MOST_PERIODS)}
}

/** Short ones as long as twelve of them reach back to the first snapshot; months for a dozen years. */
function choosePeriod(snapshots: readonly FoundSnapshot[]): GrowthPeriod {
  const first = snapshots.at(0)?.record.timeNs ?? 0n
  const last = snapshots.at(-1)?.record.timeNs ?? 0n
  const days = Number((last - first) / 1_000_000_000n) / 86_400
  if (days < MOST_PERIODS) return 'day'
  if (days < MOST_PERIODS * 7) return 'week'
  return days < MOST_PERIODS * 365 ? 'month' : 'year'
}
