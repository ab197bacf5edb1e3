/** A snapshot's events and result for programs: see "snapshot" in docs/scripting.md. */
import type {JsonFields} from '../json-output.js'
import {jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {isPaused} from '../pausing.js'
import {type FindPrices, noPrices, trafficJson} from '../prices.js'
import type {SnapshotReporter} from './snapshot-reporter.js'
import type {SnapshotEvent, SnapshotResult} from './snapshot-types.js'
import {summaryJson} from './snapshot-summary-json.js'

export interface JsonReporterOptions {
  output: Output
  quiet: boolean
  /** What requests are priced by. */
  prices?: FindPrices
}

export function snapshotJsonReporter({output, quiet, prices = noPrices}: JsonReporterOptions): SnapshotReporter {
  return {
    event(event) {
      if (quiet && (event.type === 'progress' || event.type === 'started' || event.type === 'finishing')) return
      output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
    },
    result(result) {
      output.line(jsonLine('summary', {...resultFields(result), ...trafficJson(result, prices)}))
    },
    stop: () => undefined,
  }
}

function eventFields(event: SnapshotEvent): JsonFields {
  switch (event.type) {
    case 'started':
      return {paths: event.paths, parent_id: event.parent ?? null}
    case 'progress':
      return {
        elapsed_ms: Math.round(event.elapsedMs),
        files: event.files,
        directories: event.directories,
        bytes_read: event.bytesRead,
        bytes_processed: event.bytesProcessed,
        bytes_new: event.bytesNew,
        bytes_stored: event.bytesStored,
        total_files: event.totalFiles ?? null,
        total_bytes: event.totalBytes ?? null,
        current_file: event.currentFile ?? null,
        paused: isPaused(),
      }
    case 'unreadable':
      return {path: event.path, code: event.code, message: event.message}
    case 'changed-while-read':
      return {path: event.path, is_stable: event.isStable}
    case 'skipped':
      return {path: event.path, reason: event.reason.replaceAll('-', '_')}
    case 'finishing':
      return {}
  }
}

function resultFields({id, parent, dryRun, isUnchanged, unreadable, elapsedMs, summary}: SnapshotResult): JsonFields {
  return {
    snapshot_id: id ?? null,
    parent_id: parent ?? null,
    dry_run: dryRun,
    unchanged: isUnchanged ?? false,
    elapsed_ms: Math.round(elapsedMs),
    ...summaryJson(summary),
    unreadable,
  }
}
