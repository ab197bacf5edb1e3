/** A restore's events and result for programs: see "restore" in docs/scripting.md. */
import type {JsonFields} from '../json-output.js'
import {jsonLine} from '../json-output.js'
import {isPaused} from '../pausing.js'
import {noPrices, trafficJson} from '../prices.js'
import type {RestoreReporter} from './restore-reporter.js'
import type {RestoreEvent, RestoreResult} from './restore-types.js'
import type {JsonReporterOptions} from './snapshot-json.js'

export function restoreJsonReporter({output, quiet, prices = noPrices}: JsonReporterOptions): RestoreReporter {
  return {
    event(event) {
      if (quiet && (event.type === 'progress' || event.type === 'started')) return
      output.line(jsonLine(event.type.replaceAll('-', '_'), eventFields(event)))
    },
    result(result) {
      output.line(jsonLine('summary', {...resultFields(result), ...trafficJson(result, prices)}))
    },
    stop: () => undefined,
  }
}

function eventFields(event: RestoreEvent): JsonFields {
  switch (event.type) {
    case 'started':
      return {snapshot_id: event.snapshot, target: event.target, total_files: event.totalFiles, total_bytes: event.totalBytes}
    case 'progress':
      return {
        elapsed_ms: Math.round(event.elapsedMs),
        files: event.files,
        bytes: event.bytes,
        total_files: event.totalFiles,
        total_bytes: event.totalBytes,
        current_file: event.currentFile ?? null,
        paused: isPaused(),
      }
    case 'failed':
      return {path: event.path, code: event.code, message: event.message, hint: event.hint ?? null}
    case 'warning':
      return {path: event.path, message: event.message}
    case 'would-restore':
      return {path: event.path, kind: event.kind, action: event.action}
  }
}

function resultFields(result: RestoreResult): JsonFields {
  return {
    snapshot_id: result.snapshot,
    target: result.target,
    files: result.files,
    directories: result.directories,
    links: result.links,
    bytes: result.bytes,
    unchanged: result.unchanged,
    failed: result.failed,
    dry_run: result.dryRun,
    elapsed_ms: Math.round(result.elapsedMs),
  }
}
