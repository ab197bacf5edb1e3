/** A prune's plan, progress and result, for people and for programs. */
import type {PruneCounts, PruneEvent, PruneResult} from '../../operations/prune-repository.js'
import {formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {type FindPrices, noPrices, trafficJson, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'
import {Rate} from '../rate.js'
import {type Column, formatTable} from '../table.js'
import {JsonProgress} from './json-progress.js'

export interface PruneReporter {
  event: (event: PruneEvent) => void
  result: (result: PruneResult) => void
  stop: () => void
}

export interface PruneReporterOptions {
  output: Output
  errorOutput: Output
  display: ProgressDisplay | undefined
  quiet: boolean
  prices?: FindPrices
}

const COLUMNS: readonly Column[] = [{title: ''}, {title: 'Packs', align: 'right'}, {title: 'Size', align: 'right'}, {title: ''}]

export function pruneTextReporter({output, errorOutput, display, quiet, prices = noPrices}: PruneReporterOptions): PruneReporter {
  const status = new PruneStatus()
  let shown: readonly string[] | undefined
  const showPlan = (lines: readonly string[]): void => {
    if (shown?.join('\n') === lines.join('\n')) return
    if (shown) output.line('planned anew, without the packs that could not be read or are gone')
    shown = lines
    for (const line of lines) output.line(line)
  }
  return {
    event(event) {
      if (event.type === 'progress') return display?.show(status.line(event), '')
      display?.clear()
      if (event.type === 'planned') return quiet ? undefined : showPlan(planLines(event.plan))
      errorOutput.line(`pocket: damaged: ${printable(event.message)}`)
      if (event.hint !== undefined) errorOutput.line(`hint: ${printable(event.hint)}`)
    },
    result(result) {
      display?.clear()
      if (!quiet) for (const line of [...resultLines(result), ...trafficLines(result, prices, 'asked '.length)]) output.line(line)
      if (result.missingChunks === 0) return
      errorOutput.line(
        `pocket: ${formatCounted(result.missingChunks, 'chunk')} that snapshots need ${result.missingChunks === 1 ? 'is' : 'are'} lost`,
      )
      errorOutput.line("hint: 'pocket check' names the files")
    },
    stop: () => display?.clear(),
  }
}

export function pruneJsonReporter({
  output,
  quiet,
  prices = noPrices,
}: Omit<PruneReporterOptions, 'display' | 'errorOutput'>): PruneReporter {
  const progress = new JsonProgress(output)
  return {
    event(event) {
      if (event.type !== 'progress') output.line(jsonLine(event.type, eventFields(event)))
      else if (!quiet) progress.tell(eventFields(event))
    },
    result: (result) => output.line(jsonLine('summary', {...pruneJson(result), ...trafficJson(result, prices)})),
    stop: () => progress.stop(),
  }
}

/** Whether something is lost that a snapshot needs. */
export function foundLoss({missingChunks, unreadSnapshots}: Pick<PruneResult, 'missingChunks' | 'unreadSnapshots'>): boolean {
  return missingChunks + unreadSnapshots > 0
}

/** What a prune has done, without what was asked of a server. */
export function pruneJson(result: PruneResult): JsonFields {
  return {
    dry_run: result.dryRun,
    snapshots: result.snapshots,
    forgotten: result.forgotten,
    expired: result.expired,
    ...countsJson(result),
    spared_packs: result.spared,
    freed_bytes: result.freedBytes,
    unused_bytes: result.unusedBytes,
    missing_chunks: result.missingChunks,
    unread_snapshots: result.unreadSnapshots,
    elapsed_ms: Math.round(result.elapsedMs),
  }
}

function eventFields(event: PruneEvent): JsonFields {
  switch (event.type) {
    case 'progress':
      return {phase: event.phase, done: event.done, total: event.total, elapsed_ms: Math.round(event.elapsedMs)}
    case 'planned':
      return countsJson(event.plan)
    case 'damaged':
      return {code: event.code, message: event.message, hint: event.hint ?? null}
  }
}

function countsJson({keep, repack, remove, wait}: PruneCounts): JsonFields {
  return {keep: {...keep}, repack: {...repack}, remove: {...remove}, wait: {...wait}}
}

function planLines({keep, repack, remove, wait}: PruneCounts): string[] {
  const rows = [
    ['keep', keep, ''],
    ['repack', repack, 'needed in part: written anew without the rest'],
    ['remove', remove, ''],
    ['wait', wait, 'not needed, but too young: another run may be about to use them'],
  ] as const
  const shown = rows.filter(([name, {packs}]) => packs > 0 || name !== 'wait')
  return formatTable(
    COLUMNS,
    shown.map(([name, {packs, bytes}, note]) => [name, formatCount(packs), formatSize(bytes), packs > 0 ? note : '']),
  )
}

function resultLines({dryRun, freedBytes, unusedBytes, spared, forgotten, elapsedMs}: PruneResult): string[] {
  const lines: string[] = []
  const unused =
    unusedBytes > 0 ? `; ${formatSize(unusedBytes)} that nobody needs ${dryRun ? 'would stay' : 'stay'} in packs that are kept` : ''
  if (dryRun) lines.push(`dry run: ${freed(freedBytes, 'would be given back', 'would be added')}${unused}`)
  else
    lines.push(
      `${freed(freedBytes, 'given back', 'added: more was written anew than could be given back')} in ${formatDuration(elapsedMs)}${unused}`,
    )
  if (spared > 0)
    lines.push(
      `${formatCounted(spared, 'pack')} stayed, because a snapshot that was stored meanwhile needs ${spared === 1 ? 'it' : 'them'}`,
    )
  if (forgotten > 0) {
    lines.push(
      `${formatCounted(forgotten, 'forgotten snapshot')} can still be brought back, and ${forgotten === 1 ? 'its' : 'their'} data stays for it: see 'pocket undelete'`,
    )
  }
  return lines
}

function freed(bytes: number, given: string, taken: string): string {
  if (bytes === 0) return `nothing ${given}`
  return bytes > 0 ? `${formatSize(bytes)} ${given}` : `${formatSize(-bytes)} ${taken}`
}

/** `repacking  43%  1.2 GiB of 3.4 GiB  210 MiB/s`; `looking at snapshot 3 of 12` */
class PruneStatus {
  readonly #rate = new Rate()

  line({phase, done, total, elapsedMs}: Extract<PruneEvent, {type: 'progress'}>): string {
    if (phase === 'snapshots') return `looking at snapshot ${formatCount(Math.min(done + 1, total))} of ${formatCount(total)}`
    if (phase === 'remove') return `removing pack ${formatCount(Math.min(done + 1, total))} of ${formatCount(total)}`
    this.#rate.add(elapsedMs, done)
    const percent = total === 0 ? 100 : Math.floor((done * 100) / total)
    return `repacking  ${percent}%  ${formatSize(done)} of ${formatSize(total)}  ${formatSize(this.#rate.perSecond())}/s`
  }
}
