/** What a copy of snapshots does, for people and for programs. */
import {shortId} from '../../id.js'
import type {CopyEvent, CopyResult} from '../../operations/copy-events.js'
import {formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {type FindPrices, noPrices, trafficJson, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'
import {Rate} from '../rate.js'
import {JsonProgress} from './json-progress.js'

export interface CopyReporter {
  event: (event: CopyEvent) => void
  result: (result: CopyResult) => void
  stop: () => void
}

/** Of each of the two repositories. */
export interface CopyPrices {
  from: FindPrices
  to: FindPrices
}

export interface CopyReporterOptions {
  output: Output
  errorOutput: Output
  display: ProgressDisplay | undefined
  quiet: boolean
  dryRun: boolean
  prices?: CopyPrices
}

const NO_PRICES = {from: noPrices, to: noPrices}

export function copyTextReporter({output, errorOutput, display, quiet, dryRun, prices = NO_PRICES}: CopyReporterOptions): CopyReporter {
  const status = new CopyStatus()
  const hints = new Set<string>()
  return {
    event(event) {
      if (event.type === 'progress') return display?.show(status.line(event), '')
      display?.clear()
      if (event.type === 'failed') {
        if (event.hint !== undefined) hints.add(event.hint)
        return errorOutput.line(`pocket: ${printable(event.message)}`)
      }
      if (event.type === 'damaged-path') {
        return errorOutput.line(`pocket: '${printable(event.path)}' in snapshot ${shortId(event.id)}: ${printable(event.message)}`)
      }
      if (!quiet) output.line(outcomeLine(event, dryRun))
    },
    result(result) {
      display?.clear()
      for (const hint of hints) errorOutput.line(`hint: ${printable(hint)}`)
      if (!quiet) for (const line of resultLines(result, prices)) output.line(line)
    },
    stop: () => display?.clear(),
  }
}

export function copyJsonReporter({
  output,
  quiet,
  prices = NO_PRICES,
}: Pick<CopyReporterOptions, 'output' | 'quiet' | 'prices'>): CopyReporter {
  const progress = new JsonProgress(output)
  return {
    event(event) {
      if (event.type !== 'progress') output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
      else if (!quiet) progress.tell(eventFields(event))
    },
    result(result) {
      const fields = {
        dry_run: result.dryRun,
        copied: result.copied,
        skipped: result.skipped,
        failed: result.failed,
        chunks_new: result.chunksNew,
        bytes_new: result.bytesNew,
        bytes_stored: result.bytesStored,
        elapsed_ms: Math.round(result.elapsedMs),
      }
      output.line(jsonLine('summary', {...fields, ...trafficJson(result, prices.to), source: trafficJson(result.source, prices.from)}))
    },
    stop: () => progress.stop(),
  }
}

function eventFields(event: CopyEvent): JsonFields {
  switch (event.type) {
    case 'progress':
      return {done: event.done, total: event.total, bytes: event.bytes, elapsed_ms: Math.round(event.elapsedMs)}
    case 'copied':
      return {id: event.id, copy_id: event.copy ?? null, chunks_new: event.chunks, bytes_new: event.bytes}
    case 'skipped':
      return {id: event.id, copy_id: event.copy}
    case 'failed':
      return {id: event.id, code: event.code, message: event.message, hint: event.hint ?? null}
    case 'damaged-path':
      return {id: event.id, path: event.path, code: event.code, message: event.message}
  }
}

function outcomeLine(event: Extract<CopyEvent, {type: 'copied' | 'skipped'}>, dryRun: boolean): string {
  if (event.type === 'skipped') return `snapshot ${shortId(event.id)} is there already, as ${shortId(event.copy)}`
  if (event.copy === undefined) return `snapshot ${shortId(event.id)} would be copied: ${atMost(dryRun)}${formatSize(event.bytes)} new`
  return `snapshot ${shortId(event.id)} copied, as ${shortId(event.copy)}: ${formatSize(event.bytes)} new`
}

/** What the target has from elsewhere is known only when it has been read. */
function atMost(dryRun: boolean): string {
  return dryRun ? 'at most ' : ''
}

function resultLines(result: CopyResult, prices: CopyPrices): string[] {
  const {dryRun, copied, skipped, failed, chunksNew, bytesNew, bytesStored, elapsedMs, source} = result
  const verb = dryRun ? 'dry run: would copy' : 'copied'
  const others = [
    ...(skipped > 0 ? [`${formatCount(skipped)} ${skipped === 1 ? 'was' : 'were'} there already`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} ${failed === 1 ? 'lacks' : 'lack'} something`] : []),
  ]
  const stored = dryRun ? '' : `, ${formatSize(bytesStored)} stored`
  const lines = [
    `${verb} ${formatCounted(copied, 'snapshot')} in ${formatDuration(elapsedMs)}${others.length > 0 ? `; ${others.join(', ')}` : ''}`,
    `new     ${atMost(dryRun)}${formatCounted(chunksNew, 'chunk')} (${formatSize(bytesNew)})${stored}`,
  ]
  const read = trafficLines(source, prices.from, 'asked '.length)
  if (read.length > 0) lines.push('of the repository that is read:', ...read)
  const written = trafficLines(result, prices.to, 'asked '.length)
  if (written.length > 0) lines.push('of the repository that is written:', ...written)
  return lines
}

/** `copying snapshot 3 of 12  1.2 GiB read  210 MiB/s` */
class CopyStatus {
  readonly #rate = new Rate()

  line({done, total, bytes, elapsedMs}: Extract<CopyEvent, {type: 'progress'}>): string {
    this.#rate.add(elapsedMs, bytes)
    const read = bytes === 0 ? '' : `  ${formatSize(bytes)} read  ${formatSize(this.#rate.perSecond())}/s`
    return `copying snapshot ${formatCount(Math.min(done + 1, total))} of ${formatCount(total)}${read}`
  }
}
