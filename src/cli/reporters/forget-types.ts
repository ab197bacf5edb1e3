import type {Forgotten} from '../../operations/forget-snapshots.js'
import type {ForgetPlan, ForgetSizes} from '../../operations/plan-forget.js'
import type {PruneEvent, PruneResult} from '../../operations/prune-repository.js'
import type {TrafficReport} from '../prices.js'

export type ForgetPhase = 'sizes' | 'forget'

export interface PlannedForget {
  dryRun: boolean
  plan: ForgetPlan
  /** In a dry run, unless something is too damaged to tell. */
  sizes?: ForgetSizes
  /** Whether a prune without a grace period follows, so that nothing can be brought back. */
  isFinal: boolean
}

/** What has become of it. */
export interface ForgetResult extends PlannedForget, TrafficReport {
  /** Undefined in a dry run. */
  forgotten?: Forgotten
  pruned?: PruneResult
}

export interface ForgetReporter {
  progress: (phase: ForgetPhase, done: number, total: number) => void
  plan: (planned: PlannedForget) => void
  /** Before the prune that follows, of which `pruneEvent` tells. */
  forgotten: (result: ForgetResult) => void
  pruneEvent: (event: PruneEvent) => void
  result: (result: ForgetResult) => void
  stop: () => void
}
