import type {Forgotten} from '../../operations/forget-snapshots.js'
import type {ForgetPlan, ForgetSizes} from '../../operations/plan-forget.js'
import type {PruneEvent, PruneResult} from '../../operations/prune-repository.js'
import type {TrafficReport} from '../prices.js'

export type ForgetPhase = 'sizes' | 'forget'

/** What has become of a plan. */
export interface ForgetResult extends TrafficReport {
  dryRun: boolean
  plan: ForgetPlan
  /** In a dry run. */
  sizes?: ForgetSizes
  /** Undefined in a dry run. */
  forgotten?: Forgotten
  pruned?: PruneResult
}

export interface ForgetReporter {
  progress: (phase: ForgetPhase, done: number, total: number) => void
  plan: (plan: ForgetPlan, sizes?: ForgetSizes) => void
  /** Before the prune that follows, of which `pruneEvent` tells. */
  forgotten: (result: ForgetResult) => void
  pruneEvent: (event: PruneEvent) => void
  result: (result: ForgetResult) => void
  stop: () => void
}
