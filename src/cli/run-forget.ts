/** `pocket forget` on an open repository: the plan, the question where one is needed, and what follows. */
import {isPocketError, PocketError} from '../errors.js'
import type {ForgetPlan, ForgetRequest} from '../operations/plan-forget.js'
import type {Repository} from '../operations/open-repository.js'
import type {PruneOptions} from '../operations/prune-repository.js'
import {formatCounted} from './format-quantity.js'
import type {Questions} from './questions.js'
import type {ForgetPhase, ForgetReporter, ForgetResult} from './reporters/forget-types.js'

export interface ForgetJob {
  /** Snapshots by name, or a policy. */
  what: {references: readonly string[]} | {request: ForgetRequest}
  dryRun?: boolean
  /** Whether a policy may leave nothing of a group, or names nothing of the repository. */
  allowRemovingAll?: boolean
  /** Whether that was confirmed already. */
  isConfirmed?: boolean
  /** Undefined when nobody can be asked. */
  questions: Questions | undefined
  /** What follows, if anything. */
  prune: PruneOptions | undefined
  signal: AbortSignal
  reporter: ForgetReporter
}

/** `none` when whoever was asked said no. Throws `usage` for what would remove everything and was not said twice. */
export async function runForget(repository: Repository, job: ForgetJob): Promise<ForgetResult | 'none'> {
  const {dryRun = false, signal, reporter} = job
  const onProgress = (phase: ForgetPhase) => (done: number, total: number) => reporter.progress(phase, done, total)
  const {measureForget, planByName, planByPolicy} = await import('../operations/plan-forget.js')
  const measuring = {signal, onProgress: onProgress('sizes')}
  const plan =
    'references' in job.what
      ? await planByName(repository, job.what.references)
      : await planByPolicy(repository, job.what.request, measuring)
  if (!dryRun) refuseEmptying(plan, job)
  const onPruneEvent = reporter.pruneEvent
  const sizes = dryRun ? await measureForget(repository, plan, {...measuring, onPruneEvent}).catch(stepOverDamage(repository)) : undefined
  const planned = {dryRun, plan, sizes, isFinal: job.prune?.graceMs === 0}
  reporter.plan(planned)
  if (!dryRun && !(await confirmEmptying(plan, job))) return 'none'
  const {forgetAll} = await import('../operations/forget-snapshots.js')
  const forgotten = dryRun ? undefined : await forgetAll(repository, plan.forget, {signal, onForgotten: onProgress('forget')})
  const result: ForgetResult = {...planned, forgotten}
  reporter.forgotten(result)
  const {trafficOf} = await import('../operations/traffic.js')
  if (job.prune === undefined) return {...result, ...trafficOf(repository)}
  const {pruneRepository} = await import('../operations/prune-repository.js')
  // Within a grace period, what is forgotten now would not be pruned now.
  const without = dryRun && job.prune.graceMs === 0 ? new Set(plan.forget) : undefined
  const pruned = await pruneRepository(repository, {...job.prune, dryRun, without, signal, onEvent: reporter.pruneEvent})
  return {...result, pruned, ...trafficOf(repository)}
}

/** What goes and why can be shown all the same, though not how much that gives back. */
function stepOverDamage({onWarning}: Repository): (error: unknown) => undefined {
  return (error) => {
    if (!isPocketError(error, 'damaged-tree')) throw error
    onWarning(error)
  }
}

function refuseEmptying({emptied}: ForgetPlan, {allowRemovingAll, isConfirmed, questions}: ForgetJob): void {
  if (emptied.length === 0) return
  const what = `every snapshot of ${emptied.join('; ')} would be forgotten`
  if (!allowRemovingAll) {
    throw new PocketError('usage', what, {
      hint: 'if that is meant, say --allow-removing-all and --yes; --dry-run shows what goes',
    })
  }
  if (isConfirmed || questions) return
  throw new PocketError('usage', what, {hint: 'say --yes, too: there is no terminal to ask on'})
}

async function confirmEmptying({emptied, forget}: ForgetPlan, {isConfirmed, questions, reporter}: ForgetJob): Promise<boolean> {
  if (emptied.length === 0 || isConfirmed || !questions) return true
  reporter.stop()
  return questions.confirm(`forget ${formatCounted(forget.length, 'snapshot')}, so that nothing is left of ${emptied.join('; ')}?`, false)
}
