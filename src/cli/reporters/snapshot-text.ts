/** A snapshot's events and result for people. */
import {shortId} from '../../id.js'
import {formatCount, formatCounted, formatDuration, formatRate, formatSize} from '../format-quantity.js'
import type {Output} from '../output.js'
import {type FindPrices, noPrices, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'
import {SnapshotStatus} from '../progress-status.js'
import {formatTable} from '../table.js'
import type {SnapshotReporter} from './snapshot-reporter.js'
import type {SnapshotEvent, SnapshotResult} from './snapshot-types.js'

export interface TextReporterOptions {
  output: Output
  errorOutput: Output
  /** Absent when stderr is not a terminal, or with `--quiet`. */
  display?: ProgressDisplay
  quiet: boolean
  /** What requests are priced by. */
  prices?: FindPrices
}

export function snapshotTextReporter({output, errorOutput, display, quiet, prices = noPrices}: TextReporterOptions): SnapshotReporter {
  const status = new SnapshotStatus()
  return {
    event(event) {
      if (event.type === 'progress') display?.show(status.line(event), printable(event.currentFile ?? ''))
      const line = eventLine(event)
      if (line === undefined) return
      display?.clear()
      errorOutput.line(`pocket: ${line}`)
    },
    result(result) {
      display?.clear()
      const unreadable = unreadableLine(result)
      if (unreadable !== undefined) errorOutput.line(`pocket: ${unreadable}`)
      if (!quiet) for (const line of summaryLines(result, prices)) output.line(line)
      output.line(lastLine(result))
    },
    stop: () => display?.clear(),
  }
}

const SKIP_REASONS: Record<Extract<SnapshotEvent, {type: 'skipped'}>['reason'], string> = {
  repository: 'it is the repository itself',
  cache: "it is pocket's own cache",
  'special-file': 'it is neither file, directory nor link',
  'behind-link': 'only a symbolic link to it was named, which is saved as a link',
}

/** What a person must be told while it runs. */
function eventLine(event: SnapshotEvent): string | undefined {
  switch (event.type) {
    case 'unreadable':
      return `cannot read '${printable(event.path)}': ${printable(event.message)}`
    case 'changed-while-read':
      return `'${printable(event.path)}' changed while it was read; ${event.isStable ? 'it was read again' : 'it is stored as it was read last'}`
    case 'skipped':
      return `skipped '${printable(event.path)}': ${SKIP_REASONS[event.reason]}`
    default:
      return undefined
  }
}

/** Of the words that lines of the summary begin with. */
const LABEL_WIDTH = 8

function unreadableLine({unreadable}: SnapshotResult): string | undefined {
  if (unreadable === 0) return undefined
  return `${formatCounted(unreadable, 'entry', 'entries')} could not be read; all the rest is in the snapshot`
}

function summaryLines(result: SnapshotResult, prices: FindPrices): string[] {
  const {summary, elapsedMs} = result
  const {files, directories, bytesRead, bytesAdded, bytesStored, total} = summary
  const counts = formatTable(
    [{title: ''}, {title: 'new', align: 'right'}, {title: 'changed', align: 'right'}, {title: 'unchanged', align: 'right'}],
    [
      ['files', ...[files.new, files.changed, files.unchanged].map(formatCount)],
      ['directories', ...[directories.new, directories.changed, directories.unchanged].map(formatCount)],
    ],
  )
  const rate = bytesRead === 0 ? '' : formatRate(bytesRead, elapsedMs)
  return [
    ...counts,
    '',
    `read    ${formatSize(bytesRead)} in ${formatDuration(elapsedMs)}${rate === '' ? '' : ` (${rate})`}`,
    `added   ${formatSize(bytesAdded)}, stored as ${formatSize(bytesStored)}${ratio(bytesAdded, bytesStored)}`,
    `total   ${formatCounted(total.files, 'file')}, ${formatCounted(total.directories, 'directory', 'directories')}, ${formatSize(total.bytes)}`,
    ...trafficLines(result, prices, LABEL_WIDTH),
    '',
  ]
}

function ratio(raw: number, stored: number): string {
  return raw === 0 || stored === 0 ? '' : ` (ratio ${(raw / stored).toFixed(2)})`
}

function lastLine({id, dryRun, isUnchanged, parent}: SnapshotResult): string {
  if (isUnchanged && parent !== undefined)
    return `nothing has changed since snapshot ${shortId(parent)}: ${dryRun ? 'none would be' : 'none was'} saved`
  return dryRun || id === undefined ? 'dry run: nothing was stored' : `snapshot ${shortId(id)} saved`
}
