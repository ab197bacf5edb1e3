/** A drill's findings and result, for people and for programs. */
import type {DrillEvent, DrillResult} from '../../operations/drill-events.js'
import {shareOf} from '../../operations/proven-share.js'
import {shortId} from '../../id.js'
import {formatAge, formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {type FindPrices, trafficJson, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'

export interface DrillReporter {
  event: (event: DrillEvent) => void
  result: (result: DrillResult) => void
  stop: () => void
}

export interface DrillReporterOptions {
  output: Output
  errorOutput: Output
  display: ProgressDisplay | undefined
  quiet: boolean
  prices: FindPrices
}

/** What went wrong is mostly one thing. */
const MOST_HINTS = 3

export function drillTextReporter({output, errorOutput, display, quiet, prices}: DrillReporterOptions): DrillReporter {
  const hints = new Set<string>()
  return {
    event(event) {
      if (event.type === 'progress') return display?.show(progressLine(event), '')
      display?.clear()
      if (event.type === 'damaged-object' && event.hint !== undefined && hints.size < MOST_HINTS) hints.add(event.hint)
      errorOutput.line(findingLine(event))
    },
    result(result) {
      display?.clear()
      for (const hint of hints) errorOutput.line(`hint: ${printable(hint)}`)
      if (!quiet) for (const line of [...summaryLines(result), ...trafficLines(result, prices, 'drilled '.length)]) output.line(line)
      if (isSound(result)) {
        if (!quiet && result.files > 0) output.line('every file came back as it was')
      } else errorOutput.line(`pocket: ${verdict(result)}`)
    },
    stop: () => display?.clear(),
  }
}

export function drillJsonReporter({output, quiet, prices}: Pick<DrillReporterOptions, 'output' | 'quiet' | 'prices'>): DrillReporter {
  return {
    event(event) {
      if (quiet && event.type === 'progress') return
      output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
    },
    result(result) {
      const fields = {
        snapshots: result.snapshots,
        files: result.files,
        bytes: result.bytes,
        live_compared: result.liveCompared,
        too_large: result.tooLarge,
        damaged_objects: result.damagedObjects,
        damaged_paths: result.damagedPaths,
        rotten: result.rotten,
        proven_bytes: result.provenBytes,
        total_bytes: result.totalBytes,
        proven_share: shareOf(result),
        window_ms: result.windowMs,
        elapsed_ms: Math.round(result.elapsedMs),
      }
      output.line(jsonLine('summary', {...fields, ...trafficJson(result, prices)}))
    },
    stop: () => undefined,
  }
}

/** Whether nothing was found that is damaged or rotten. */
export function isSound({damagedObjects, damagedPaths, rotten}: DrillResult): boolean {
  return damagedObjects + damagedPaths + rotten === 0
}

function eventFields(event: DrillEvent): JsonFields {
  switch (event.type) {
    case 'progress':
      return {files: event.files, total_files: event.totalFiles, bytes: event.bytes, elapsed_ms: Math.round(event.elapsedMs)}
    case 'damaged-object':
      return {code: event.code, message: event.message, hint: event.hint ?? null}
    case 'damaged-path':
      return {path: event.path, code: event.code, message: event.message, snapshots: event.snapshots}
    case 'rotten':
      return {path: event.path, message: event.message, snapshot: event.snapshot}
    case 'warning':
      return {path: event.path, message: event.message}
  }
}

function findingLine(event: Exclude<DrillEvent, {type: 'progress'}>): string {
  const {type, message} = event
  if (type === 'damaged-object') return `pocket: damaged: ${printable(message)}`
  const path = printable(event.path)
  if (type === 'damaged-path') return `pocket: '${path}' in snapshot ${event.snapshots.map(shortId).join(', ')}: ${printable(message)}`
  if (type === 'rotten') return `pocket: rotten: '${path}', compared with snapshot ${shortId(event.snapshot)}: ${printable(message)}`
  return `warning: '${path}': ${printable(message)}`
}

function progressLine({files, totalFiles, bytes}: Extract<DrillEvent, {type: 'progress'}>): string {
  return `restored ${formatCount(files)} of ${formatCounted(totalFiles, 'file')}  ${formatSize(bytes)}`
}

function summaryLines(result: DrillResult): string[] {
  const {snapshots, files, bytes, liveCompared, tooLarge, provenBytes, totalBytes, windowMs, elapsedMs} = result
  if (snapshots === 0) return ['nothing to drill: there is no snapshot']
  const lines = [
    `drilled ${formatCounted(files, 'file')} (${formatSize(bytes)}) of ${formatCounted(snapshots, 'snapshot')} in ${formatDuration(elapsedMs)}`,
    `        ${formatCounted(liveCompared, 'file')} compared with the file on this machine, too`,
  ]
  if (files === 0 && tooLarge === 0) lines.splice(0, 2, 'nothing to drill: no file was found in the snapshots')
  if (tooLarge > 0) lines.push(`        ${formatCounted(tooLarge, 'file')} left out, too large for --bytes or the room that is free`)
  const percent = Math.floor(shareOf({provenBytes, totalBytes}) * 1000) / 10
  lines.push(
    `proven  ${percent}% of the repository in the last ${formatAge(windowMs)} (${formatSize(provenBytes)} of ${formatSize(totalBytes)})`,
  )
  return lines
}

function verdict({damagedObjects, damagedPaths, rotten}: DrillResult): string {
  const parts = [
    ...(damagedObjects > 0 ? [formatCounted(damagedObjects, 'damaged object')] : []),
    ...(damagedPaths > 0 ? [`${formatCounted(damagedPaths, 'file or folder', 'files or folders')} did not come back as they were`] : []),
    ...(rotten > 0 ? [`${formatCounted(rotten, 'file')} of this machine rotten`] : []),
  ]
  return parts.join('; ')
}
