/** A restore's events and result for people. */
import {shortId} from '../../id.js'
import {formatCount, formatCounted, formatDuration, formatRate, formatSize} from '../format-quantity.js'
import type {Output} from '../output.js'
import {type FindPrices, noPrices, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import {RestoreStatus} from '../progress-status.js'
import type {RestoreReporter} from './restore-reporter.js'
import type {RestoreEvent, RestoreResult} from './restore-types.js'
import type {TextReporterOptions} from './snapshot-text.js'

/** What went wrong is mostly one thing. */
const MOST_HINTS = 3

export function restoreTextReporter({output, errorOutput, display, quiet, prices = noPrices}: TextReporterOptions): RestoreReporter {
  const status = new RestoreStatus()
  const hints = new Set<string>()
  return {
    event(event) {
      if (event.type === 'failed' && event.hint !== undefined && hints.size < MOST_HINTS) hints.add(event.hint)
      if (event.type === 'progress') display?.show(status.line(event), printable(event.currentFile ?? ''))
      else if (event.type !== 'started') {
        display?.clear()
        reportItem(event, {output, errorOutput})
      }
    },
    result(result) {
      display?.clear()
      if (result.failed > 0) {
        errorOutput.line(`pocket: ${formatCounted(result.failed, 'entry', 'entries')} could not be restored`)
        for (const hint of hints) errorOutput.line(`hint: ${printable(hint)}`)
      }
      if (!quiet) for (const line of summaryLines(result, prices)) output.line(line)
    },
    stop: () => display?.clear(),
  }
}

function reportItem(
  event: Exclude<RestoreEvent, {type: 'progress' | 'started'}>,
  {output, errorOutput}: {output: Output; errorOutput: Output},
): void {
  switch (event.type) {
    case 'failed':
      return errorOutput.line(`pocket: cannot restore '${printable(event.path)}': ${printable(event.message)}`)
    case 'warning':
      return errorOutput.line(`pocket: '${printable(event.path)}': ${printable(event.message)}`)
    case 'would-restore':
      return output.line(`${event.action.padEnd(9)}  ${event.kind.padEnd(9)}  ${printable(event.path)}`)
  }
}

function summaryLines(result: RestoreResult, prices: FindPrices): string[] {
  const {snapshot, target, files, directories, links, bytes, unchanged, failed, dryRun, elapsedMs} = result
  const counts: string[] = []
  if (files > 0) counts.push(`${formatCounted(files, 'file')} (${formatSize(bytes)})`)
  if (directories > 0) counts.push(formatCounted(directories, 'directory', 'directories'))
  if (links > 0) counts.push(formatCounted(links, 'link'))
  const what = counts.length === 0 ? 'nothing' : counts.join(', ')
  const kept = unchanged === 0 ? '' : `; ${formatCount(unchanged)} were there already`
  const place = printable(target)
  if (dryRun) return ['', ...trafficLines(result, prices, 'asked '.length), `dry run: ${what} would be restored to ${place}${kept}`]
  const rate = bytes === 0 ? '' : formatRate(bytes, elapsedMs)
  return [
    `${what} in ${formatDuration(elapsedMs)}${rate === '' ? '' : ` (${rate})`}${kept}`,
    ...trafficLines(result, prices, 'asked '.length),
    `${failed > 0 ? 'a part of ' : ''}snapshot ${shortId(snapshot)} restored to ${place}`,
  ]
}
