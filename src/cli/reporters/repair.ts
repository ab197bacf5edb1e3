/** What repairs find and do, for people and for programs. */
import type {RepairEvent} from '../../operations/repair-events.js'
import type {RepairFromResult} from '../../operations/repair-from.js'
import type {RepairIndexResult} from '../../operations/repair-index.js'
import type {RepairPacksResult} from '../../operations/repair-packs.js'
import type {RepairSnapshotsResult} from '../../operations/repair-snapshots.js'
import {shortId} from '../../id.js'
import {formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {type FindPrices, trafficJson, trafficLines} from '../prices.js'
import type {Traffic} from '../../operations/prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'
import {JsonProgress} from './json-progress.js'

/** What every repair's result has. */
export interface RepairSummary {
  dryRun: boolean
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

export interface RepairReporter {
  event: (event: RepairEvent) => void
  /** Says what was done, by `lines`, or as the fields of a summary. */
  result: (result: RepairSummary, lines: readonly string[], fields: JsonFields) => void
  stop: () => void
}

export interface RepairReporterOptions {
  output: Output
  errorOutput: Output
  display: ProgressDisplay | undefined
  quiet: boolean
  prices: FindPrices
}

const SHOWN_SNAPSHOTS = 5

export function repairTextReporter({output, errorOutput, display, quiet, prices}: RepairReporterOptions): RepairReporter {
  return {
    event(event) {
      if (event.type === 'progress') return display?.show(progressLine(event), '')
      display?.clear()
      if (event.type === 'repaired-snapshot') output.line(repairedLine(event))
      else if (event.type === 'damaged-path') errorOutput.line(pathLine(event))
      else errorOutput.line(`pocket: damaged: ${printable(event.message)}`)
    },
    result(result, lines) {
      display?.clear()
      if (quiet) return
      for (const line of [...lines, ...trafficLines(result, prices, 'asked '.length)]) output.line(line)
      if (result.dryRun) output.line('dry run: nothing was changed')
    },
    stop: () => display?.clear(),
  }
}

export function repairJsonReporter({output, quiet, prices}: Pick<RepairReporterOptions, 'output' | 'quiet' | 'prices'>): RepairReporter {
  const progress = new JsonProgress(output)
  return {
    event(event) {
      if (event.type !== 'progress') output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
      else if (!quiet) progress.tell(eventFields(event))
    },
    result(result, _lines, fields) {
      const {dryRun, elapsedMs} = result
      output.line(jsonLine('summary', {...fields, dry_run: dryRun, elapsed_ms: Math.round(elapsedMs), ...trafficJson(result, prices)}))
    },
    stop: () => progress.stop(),
  }
}

function eventFields(event: RepairEvent): JsonFields {
  switch (event.type) {
    case 'progress':
      return {phase: event.phase, done: event.done, total: event.total, elapsed_ms: Math.round(event.elapsedMs)}
    case 'damaged-object':
      return {code: event.code, message: event.message, hint: event.hint ?? null}
    case 'damaged-path':
      return {path: event.path, code: event.code, message: event.message, snapshots: event.snapshots}
    case 'repaired-snapshot':
      return {original: event.original, snapshot_id: event.id ?? null, paths: event.paths}
  }
}

function progressLine({phase, done, total}: Extract<RepairEvent, {type: 'progress'}>): string {
  if (phase === 'data') return `reading packs  ${formatSize(done)} of ${formatSize(total)}`
  const counted = `${formatCount(done)} of ${formatCount(total)}`
  if (phase === 'trees') return `looking at snapshot ${counted}`
  return phase === 'remove' ? `removing pack ${counted}` : `looking at pack ${counted}`
}

function pathLine({path, message, snapshots}: Extract<RepairEvent, {type: 'damaged-path'}>): string {
  const shown = snapshots.slice(0, SHOWN_SNAPSHOTS).map(shortId).join(', ')
  const more = snapshots.length > SHOWN_SNAPSHOTS ? ` and ${formatCount(snapshots.length - SHOWN_SNAPSHOTS)} more` : ''
  return `pocket: '${printable(path)}' in ${snapshots.length === 1 ? 'snapshot' : 'snapshots'} ${shown}${more}: ${printable(message)}`
}

function repairedLine({original, id, paths}: Extract<RepairEvent, {type: 'repaired-snapshot'}>): string {
  const standIns = formatCounted(paths, 'stand-in')
  return id === undefined
    ? `snapshot ${shortId(original)} would be repaired with ${standIns}`
    : `snapshot ${shortId(id)} saved: ${shortId(original)} with ${standIns} for what is lost`
}

export function repairIndexLines(result: RepairIndexResult): string[] {
  const {packs, taken, dropped, unreadable, damagedIndexes, elapsedMs} = result
  const lines = [`looked at ${formatCounted(packs, 'pack')} in ${formatDuration(elapsedMs)}`]
  if (taken.packs > 0)
    lines.push(`took in   ${formatCounted(taken.packs, 'pack')} with ${formatCounted(taken.chunks, 'chunk')} (${formatSize(taken.bytes)})`)
  if (damagedIndexes > 0) lines.push(`replaced  ${formatCounted(damagedIndexes, 'damaged index object')}`)
  if (dropped > 0) lines.push(`dropped   ${formatCounted(dropped, 'pack')} of which nothing is there`)
  if (unreadable > 0) lines.push(`left      ${formatCounted(unreadable, 'pack')} that cannot be read`)
  if (taken.packs + damagedIndexes + dropped + unreadable === 0) lines.push('the index says what is stored')
  return lines
}

export function repairIndexJson({packs, taken, dropped, unreadable, damagedIndexes}: RepairIndexResult): JsonFields {
  return {
    packs,
    taken_packs: taken.packs,
    taken_chunks: taken.chunks,
    taken_bytes: taken.bytes,
    dropped_packs: dropped,
    unreadable_packs: unreadable,
    damaged_indexes: damagedIndexes,
  }
}

export function repairPacksLines(result: RepairPacksResult): string[] {
  const {packs, damaged, salvagedChunks, salvagedBytes, lostChunks, removed, spared, damagedPaths, damagedSnapshots, elapsedMs} = result
  const lines = [
    `read     ${formatCounted(packs, 'pack')} in ${formatDuration(elapsedMs)}: ${damaged === 0 ? 'none' : formatCount(damaged)} damaged`,
  ]
  if (salvagedChunks > 0) lines.push(`salvaged ${formatCounted(salvagedChunks, 'chunk')} (${formatSize(salvagedBytes)})`)
  if (lostChunks > 0) lines.push(`lost     ${formatCounted(lostChunks, 'chunk')}`)
  if (removed > 0) lines.push(`removed  ${formatCounted(removed, 'damaged pack')}`)
  if (spared > 0)
    lines.push(`left     ${formatCounted(spared, 'damaged pack')}, since something that was stored meanwhile needs it: run this again`)
  if (damagedPaths > 0)
    lines.push(
      `${formatCounted(damagedPaths, 'file or folder', 'files or folders')} in ${formatCounted(damagedSnapshots, 'snapshot')} cannot be restored: snapshot the sources with --force, then run 'pocket repair snapshots'`,
    )
  return lines
}

export function repairPacksJson(result: RepairPacksResult): JsonFields {
  return {
    packs: result.packs,
    damaged_packs: result.damaged,
    unreadable_packs: result.unreadable,
    removed_packs: result.removed,
    spared_packs: result.spared,
    salvaged_chunks: result.salvagedChunks,
    salvaged_bytes: result.salvagedBytes,
    lost_chunks: result.lostChunks,
    damaged_paths: result.damagedPaths,
    damaged_snapshots: result.damagedSnapshots,
  }
}

export function repairSnapshotsLines(result: RepairSnapshotsResult): string[] {
  const {dryRun, snapshots, damaged, lost, forgotten, putBack, spoilt, removed, elapsedMs} = result
  const found = damaged > 0 ? `${formatCount(damaged)} damaged` : spoilt > 0 ? 'of these nothing is lost' : 'nothing is lost'
  const lines = [`looked at ${formatCounted(snapshots, 'snapshot')} in ${formatDuration(elapsedMs)}: ${found}`]
  if (lost > 0) lines.push(`of ${formatCounted(lost, 'snapshot')} nothing is left`)
  if (forgotten > 0) lines.push(`forgot ${formatCounted(forgotten, 'damaged snapshot')}`)
  if (putBack > 0)
    lines.push(`${dryRun ? 'would put back' : 'put back'} ${formatCounted(putBack, 'snapshot object')} from the copy of this machine`)
  if (removed > 0) lines.push(`removed ${formatCounted(removed, 'snapshot object')} that nobody can read`)
  else if (spoilt > 0)
    lines.push(`${formatCounted(spoilt, 'snapshot object')} cannot be read: --forget removes ${spoilt === 1 ? 'it' : 'them'}`)
  return lines
}

export function repairSnapshotsJson(result: RepairSnapshotsResult): JsonFields {
  return {
    snapshots: result.snapshots,
    damaged_snapshots: result.damaged,
    repaired_snapshots: result.repaired,
    lost_snapshots: result.lost,
    forgotten_snapshots: result.forgotten,
    put_back_objects: result.putBack,
    spoilt_objects: result.spoilt,
    removed_objects: result.removed,
    damaged_paths: result.damagedPaths,
  }
}

export function repairFromLines({snapshots, recoveredChunks, recoveredBytes, missingChunks, elapsedMs}: RepairFromResult): string[] {
  const lines = [`looked at ${formatCounted(snapshots, 'snapshot')} in ${formatDuration(elapsedMs)}`]
  if (recoveredChunks > 0) lines.push(`fetched   ${formatCounted(recoveredChunks, 'lost chunk')} (${formatSize(recoveredBytes)})`)
  if (missingChunks > 0) lines.push(`missing   ${formatCounted(missingChunks, 'chunk')} that the copy does not have either`)
  if (recoveredChunks + missingChunks === 0) lines.push('nothing is lost')
  return lines
}

export function repairFromJson({snapshots, recoveredChunks, recoveredBytes, missingChunks}: RepairFromResult): JsonFields {
  return {snapshots, recovered_chunks: recoveredChunks, recovered_bytes: recoveredBytes, missing_chunks: missingChunks}
}
