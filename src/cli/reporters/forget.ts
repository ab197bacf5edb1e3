/** What is forgotten, for people and for programs. */
import {shortId} from '../../id.js'
import {describeDuration} from '../../util/duration.js'
import type {ForgetDecision, ForgetPlan, ForgetSizes} from '../../operations/plan-forget.js'
import {formatExactTime} from '../format-time.js'
import {formatCount, formatCounted, formatSize} from '../format-quantity.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import {measuringLine} from '../measuring.js'
import {noPrices, trafficJson, trafficLines} from '../prices.js'
import {planLines} from './forget-plan.js'
import type {ForgetReporter, ForgetResult} from './forget-types.js'
import {type PruneReporterOptions, pruneJson, pruneJsonReporter, pruneTextReporter} from './prune.js'
import {JsonProgress} from './json-progress.js'

export function forgetTextReporter(options: PruneReporterOptions): ForgetReporter {
  const {output, display, quiet, prices = noPrices} = options
  const prune = pruneTextReporter(options)
  const print = (lines: readonly string[]): void => {
    display?.clear()
    for (const line of lines) output.line(line)
  }
  return {
    progress: (phase, done, total) =>
      display?.show(phase === 'sizes' ? measuringLine(done, total) : `forgetting ${formatCount(done)} of ${formatCount(total)}`, ''),
    plan({dryRun, plan, sizes}) {
      // In a dry run it is the result.
      if (!quiet || dryRun) print([...planLines(plan, sizes), ''])
    },
    forgotten(result) {
      if (!quiet || result.dryRun) print(result.dryRun ? dryRunLines(result) : forgottenLines(result))
    },
    pruneEvent: prune.event,
    result(result) {
      if (result.pruned) prune.result(result.pruned)
      else if (!quiet) print(trafficLines(result, prices, 'asked '.length))
    },
    stop: () => display?.clear(),
  }
}

function forgottenLines({plan, forgotten, isFinal}: ForgetResult): string[] {
  const {forgotten: ids = [], gone = []} = forgotten ?? {}
  if (plan.forget.length === 0) return [`nothing to forget; kept ${formatCounted(plan.kept, 'snapshot')}`]
  const others =
    gone.length === 0 ? '' : `; ${formatCounted(gone.length, 'other was', 'others were')} gone already: ${gone.map(shortId).join(', ')}`
  const lines = [`forgot ${formatCounted(ids.length, 'snapshot')}, kept ${formatCount(plan.kept)}${others}`]
  if (ids.length === 0 || isFinal) return lines
  const [them, theyNeed] = ids.length === 1 ? ['it', 'it needs'] : ['them', 'they need']
  return [...lines, `'pocket undelete' brings ${them} back, until a prune removes what only ${theyNeed}`]
}

function dryRunLines({plan, sizes}: ForgetResult): string[] {
  const lines = [`would forget ${formatCounted(plan.forget.length, 'snapshot')}, and keep ${formatCount(plan.kept)}`]
  if (plan.emptied.length > 0) lines.push(`that is every snapshot of ${plan.emptied.join('; ')}: refused without --allow-removing-all`)
  if (sizes === undefined) return lines
  const already =
    sizes.freedBytes >= 0 && sizes.unneededBytes > 0 ? `, of which no snapshot needs ${exactSize(sizes.unneededBytes)} already` : ''
  return [
    ...lines,
    `${sizes.freedBytes < 0 ? `would take ${exactSize(-sizes.freedBytes)} more` : `would give back ${exactSize(sizes.freedBytes)} in all`}, exactly${already}, with 'pocket prune --grace 0 --max-unused 0'`,
    `'Unique' is what is stored for that snapshot alone; what only those share that go together comes on top`,
  ]
}

/** `1.2 GiB (1,234,567,890 bytes)` */
function exactSize(bytes: number): string {
  return bytes < 1000 ? formatSize(bytes) : `${formatSize(bytes)} (${formatCount(bytes)} bytes)`
}

export function forgetJsonReporter(options: Omit<PruneReporterOptions, 'display' | 'errorOutput'>): ForgetReporter {
  const {output, quiet, prices = noPrices} = options
  const prune = pruneJsonReporter(options)
  const own = new JsonProgress(output)
  return {
    progress(phase, done, total) {
      if (!quiet) own.tell({phase, done, total})
    },
    plan: ({plan, sizes}) => output.line(jsonLine('plan', planJson(plan, sizes))),
    forgotten: () => undefined,
    pruneEvent(event) {
      own.stop()
      prune.event(event)
    },
    result(result) {
      const {dryRun, plan, sizes, forgotten, pruned} = result
      const fields = {
        dry_run: dryRun,
        kept: plan.kept,
        forgotten: forgotten?.forgotten ?? plan.forget,
        gone: forgotten?.gone ?? [],
        emptied: plan.emptied,
        freed_bytes: sizes?.freedBytes ?? null,
        unneeded_bytes: sizes?.unneededBytes ?? null,
        prune: pruned ? pruneJson(pruned) : null,
      }
      output.line(jsonLine('summary', {...fields, ...trafficJson(result, prices)}))
    },
    stop() {
      own.stop()
      prune.stop()
    },
  }
}

function planJson({groups}: ForgetPlan, sizes: ForgetSizes | undefined): JsonFields {
  return {
    groups: groups.map(({host, paths, tags, decisions}) => ({
      host: host ?? null,
      paths: paths ?? null,
      tags: tags ?? null,
      snapshots: decisions.map((decision) => decisionJson(decision, sizes)),
    })),
  }
}

function decisionJson({snapshot, keep, reasons}: ForgetDecision, sizes: ForgetSizes | undefined): JsonFields {
  const {id, timeNs, host, paths, tags} = snapshot
  return {
    id,
    time: formatExactTime(timeNs),
    host,
    paths,
    tags,
    keep,
    reasons: reasons.map(reasonJson),
    unique_bytes: sizes?.uniqueBytes.get(id) ?? null,
  }
}

type Reason = ForgetDecision['reasons'][number]

/** Its rule, and what the rule says besides: `number`, `bucket`, `within`, `of`, `tag`, `prefix`, `by`. */
function reasonJson(reason: Reason): JsonFields {
  const {rule, ...rest} = reason
  const fields = Object.entries(rest).map(([key, value]) => [key, key === 'of' ? snakeCase(String(value)) : value] as const)
  return {rule: snakeCase(rule), ...Object.fromEntries(fields), ...('within' in reason && {within: describeDuration(reason.within)})}
}

/** `within_daily` of `withinDaily`, `no_rule` of `no-rule`. */
function snakeCase(rule: string): string {
  return rule.replace(/-/g, '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
