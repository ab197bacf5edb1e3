/** What is done to a profile's repository after a snapshot: each step tells what it did in numbers, or throws. */
import {hostname} from 'node:os'
import type {ForgetPlan} from '../operations/plan-forget.js'
import type {Repository} from '../operations/open-repository.js'
import {PocketError} from '../errors.js'
import type {CheckStep, Profile, PruneStep, Retention} from './profile.js'

export interface StepContext {
  profile: Profile
  signal: AbortSignal | undefined
  onWarning: (warning: PocketError) => void
}

export interface StepResult {
  isDamaged: boolean
  counts: Record<string, number>
}

/** Forgets by the profile's retention, of the snapshots of its host and just its paths. A group that would be left without any is left as it is. */
export async function forgetStep(
  repository: Repository,
  {policy, keepBytes, grouping}: Retention,
  context: StepContext,
): Promise<StepResult> {
  const {planByPolicy} = await import('../operations/plan-forget.js')
  const {forgetAll} = await import('../operations/forget-snapshots.js')
  const {profile, signal, onWarning} = context
  const exactly = {host: profile.host ?? hostname(), paths: profile.paths}
  const plan = await planByPolicy(repository, {policy, keepBytes, grouping, exactly}, {signal})
  for (const group of plan.emptied) {
    onWarning(
      new PocketError('usage', `the retention would forget every snapshot of ${group}: nothing of it was forgotten`, {
        hint: 'let the profile keep at least the last one',
      }),
    )
  }
  const {forgotten, gone} = await forgetAll(repository, allowedToGo(plan), {signal})
  return {isDamaged: false, counts: {kept: plan.kept, forgotten: forgotten.length, gone: gone.length}}
}

function allowedToGo({groups}: ForgetPlan): ForgetPlan['forget'] {
  const safe = groups.filter(({decisions}) => decisions.some(({keep, snapshot}) => keep && !snapshot.isIncomplete))
  return safe.flatMap(({decisions}) => decisions.filter(({keep}) => !keep).map(({snapshot}) => snapshot.id))
}

export async function pruneStep(
  repository: Repository,
  {graceMs, maxUnused, maxRepackBytes}: PruneStep,
  context: StepContext,
): Promise<StepResult> {
  const {pruneRepository} = await import('../operations/prune-repository.js')
  const {signal, onWarning} = context
  let damaged = 0
  const result = await pruneRepository(repository, {
    graceMs,
    maxUnused,
    maxRepackBytes,
    signal,
    onEvent: (event) => {
      if (event.type !== 'damaged') return
      damaged++
      onWarning(new PocketError('damaged-object', event.message, {hint: event.hint}))
    },
  })
  const {freedBytes, missingChunks, remove, repack, expired} = result
  const counts = {freedBytes, removedPacks: remove.packs, repackedPacks: repack.packs, expired, missingChunks, damaged}
  return {isDamaged: damaged > 0 || missingChunks > 0, counts}
}

export async function checkStep(repository: Repository, {maxAgeMs, maxDurationMs}: CheckStep, context: StepContext): Promise<StepResult> {
  const {checkRepository} = await import('../operations/check-repository.js')
  const {signal, onWarning} = context
  const result = await checkRepository(repository, {
    ...(maxAgeMs !== undefined && {readData: {type: 'all'}, maxAgeMs, maxDurationMs}),
    signal,
    onEvent: (event) => {
      if (event.type === 'damaged-object') onWarning(new PocketError('damaged-object', event.message, {hint: event.hint}))
      if (event.type === 'damaged-path') onWarning(new PocketError('damaged-object', `'${event.path}': ${event.message}`))
    },
  })
  const {damagedObjects, damagedPaths, damagedSnapshots, readPacks, readBytes, leftPacks, neverVerifiedBytes} = result
  const counts = {damagedObjects, damagedPaths, damagedSnapshots, readPacks, readBytes, leftPacks, neverVerifiedBytes}
  return {isDamaged: damagedObjects + damagedPaths > 0, counts}
}
