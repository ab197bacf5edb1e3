/** A check's findings and result, for people and for programs. */
import type {CheckEvent, CheckResult} from '../../operations/check-repository.js'
import {shortId} from '../../id.js'
import {nowNs} from '../../util/clock.js'
import {formatAge, formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {formatExactTime} from '../format-time.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {type FindPrices, noPrices, trafficJson, trafficLines} from '../prices.js'
import {printable} from '../printable.js'
import type {ProgressDisplay} from '../progress-display.js'
import {Rate} from '../rate.js'
import {JsonProgress} from './json-progress.js'

export interface CheckReporter {
  event: (event: CheckEvent) => void
  result: (result: CheckResult) => void
  stop: () => void
}

export interface CheckReporterOptions {
  output: Output
  errorOutput: Output
  display: ProgressDisplay | undefined
  quiet: boolean
  prices?: FindPrices
}

const SHOWN_SNAPSHOTS = 5
/** With --json, all of them. */
const SHOWN_ALIENS = 10
/** What went wrong is mostly one thing. */
const MOST_HINTS = 3

export function checkTextReporter({output, errorOutput, display, quiet, prices = noPrices}: CheckReporterOptions): CheckReporter {
  const status = new CheckStatus()
  const hints = new Set<string>()
  let aliens = 0
  return {
    event(event) {
      if (event.type === 'progress') return display?.show(status.line(event), '')
      if (event.type === 'alien-object' && ++aliens > SHOWN_ALIENS) return
      display?.clear()
      if (event.type === 'alien-object')
        return errorOutput.line(`pocket: not of Pocket: '${printable(event.name)}' (${formatSize(event.bytes)})`)
      if (event.type === 'damaged-path') return errorOutput.line(pathLine(event))
      if (event.hint !== undefined && hints.size < MOST_HINTS) hints.add(event.hint)
      errorOutput.line(`pocket: damaged: ${printable(event.message)}`)
    },
    result(result) {
      display?.clear()
      for (const hint of hints) errorOutput.line(`hint: ${printable(hint)}`)
      if (!quiet) for (const line of [...summaryLines(result), ...trafficLines(result, prices, 'asked '.length)]) output.line(line)
      if (result.damagedObjects + result.damagedPaths > 0) errorOutput.line(`pocket: ${verdict(result)}`)
      else if (!quiet) output.line(verdict(result))
    },
    stop: () => display?.clear(),
  }
}

export function checkJsonReporter({
  output,
  quiet,
  prices = noPrices,
}: Omit<CheckReporterOptions, 'display' | 'errorOutput'>): CheckReporter {
  const progress = new JsonProgress(output)
  return {
    event(event) {
      if (event.type !== 'progress') output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
      else if (!quiet) progress.tell(eventFields(event))
    },
    result(result) {
      const fields = {
        snapshots: result.snapshots,
        directories: result.directories,
        files: result.files,
        packs: result.packs,
        stored_bytes: result.storedBytes,
        read_packs: result.readPacks,
        read_bytes: result.readBytes,
        left_packs: result.leftPacks,
        left_bytes: result.leftBytes,
        never_verified_packs: result.neverVerifiedPacks,
        never_verified_bytes: result.neverVerifiedBytes,
        oldest_verification: result.oldestVerifiedMs === undefined ? null : formatExactTime(BigInt(result.oldestVerifiedMs) * 1_000_000n),
        unindexed_packs: result.unindexed,
        alien_objects: result.alien,
        damaged_objects: result.damagedObjects,
        damaged_paths: result.damagedPaths,
        damaged_snapshots: result.damagedSnapshots,
        elapsed_ms: Math.round(result.elapsedMs),
      }
      output.line(jsonLine('summary', {...fields, ...trafficJson(result, prices)}))
    },
    stop: () => progress.stop(),
  }
}

function eventFields(event: CheckEvent): JsonFields {
  switch (event.type) {
    case 'progress':
      return {phase: event.phase, done: event.done, total: event.total, elapsed_ms: Math.round(event.elapsedMs)}
    case 'damaged-object':
      return {code: event.code, message: event.message, hint: event.hint ?? null}
    case 'alien-object':
      return {name: event.name, bytes: event.bytes}
    case 'damaged-path':
      return {path: event.path, code: event.code, message: event.message, snapshots: event.snapshots}
  }
}

function pathLine({path, message, snapshots}: Extract<CheckEvent, {type: 'damaged-path'}>): string {
  const shown = snapshots.slice(0, SHOWN_SNAPSHOTS).map(shortId).join(', ')
  const more = snapshots.length > SHOWN_SNAPSHOTS ? ` and ${formatCount(snapshots.length - SHOWN_SNAPSHOTS)} more` : ''
  return `pocket: '${printable(path)}' in ${snapshots.length === 1 ? 'snapshot' : 'snapshots'} ${shown}${more}: ${printable(message)}`
}

function summaryLines(result: CheckResult): string[] {
  const {snapshots, directories, files, packs, storedBytes, unindexed, alien, elapsedMs} = result
  const lines = [
    `checked ${formatCounted(snapshots, 'snapshot')}, ${formatCounted(directories, 'directory', 'directories')}, ${formatCounted(files, 'file')} in ${formatDuration(elapsedMs)}`,
    `found   ${formatCounted(packs, 'pack')} (${formatSize(storedBytes)})`,
    ...verifiedLines(result),
  ]
  if (unindexed > 0)
    lines.push(
      `        ${formatCounted(unindexed, 'pack')} in no index, left by a run that was cut off or by an index that is lost: 'pocket repair index' takes them in`,
    )
  if (alien > 0)
    lines.push(`        ${formatCounted(alien, 'object')} that Pocket has not named: it leaves ${alien === 1 ? 'it' : 'them'} alone`)
  return lines
}

/** `read    12 packs (1.2 GiB); no time for 30 (3.4 GiB)`, then what the cache of this machine knows of all. */
function verifiedLines(result: CheckResult): string[] {
  const {readPacks, readBytes, leftPacks, leftBytes, neverVerifiedPacks, neverVerifiedBytes, oldestVerifiedMs} = result
  const lines: string[] = []
  const left = leftPacks > 0 ? `; no time for ${formatCount(leftPacks)} (${formatSize(leftBytes)})` : ''
  if (readPacks + leftPacks > 0) lines.push(`read    ${formatCounted(readPacks, 'pack')} (${formatSize(readBytes)})${left}`)
  if (oldestVerifiedMs === undefined) return lines
  const never = neverVerifiedPacks > 0 ? `; never: ${formatCounted(neverVerifiedPacks, 'pack')} (${formatSize(neverVerifiedBytes)})` : ''
  return [...lines, `        verified longest ago: ${formatAge(nowMs() - oldestVerifiedMs)}${never}`]
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}

function verdict({damagedObjects, damagedPaths, damagedSnapshots, snapshots}: CheckResult): string {
  if (damagedObjects + damagedPaths === 0) return 'no damage was found'
  const objects = formatCounted(damagedObjects, 'damaged object')
  const lost = `${formatCount(damagedSnapshots)} of ${formatCounted(snapshots, 'snapshot')}`
  if (damagedPaths === 0) return damagedSnapshots > 0 ? `${objects}; ${lost} cannot be restored` : objects
  const paths = formatCounted(damagedPaths, 'file or folder', 'files or folders')
  return `${objects}; ${paths} in ${lost} cannot be restored`
}

/** `reading data  43%  1.2 of 3.4 GiB  210 MiB/s`; `looking at snapshot 3 of 12` */
class CheckStatus {
  readonly #rate = new Rate()

  line({phase, done, total, elapsedMs}: Extract<CheckEvent, {type: 'progress'}>): string {
    if (phase === 'packs') return `comparing ${formatCounted(total, 'pack')} with the index`
    if (phase === 'trees') return `looking at snapshot ${formatCount(done + 1)} of ${formatCount(total)}`
    this.#rate.add(elapsedMs, done)
    const percent = total === 0 ? 100 : Math.floor((done * 100) / total)
    return `reading data  ${percent}%  ${formatSize(done)} of ${formatSize(total)}  ${formatSize(this.#rate.perSecond())}/s`
  }
}
