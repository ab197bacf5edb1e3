/** What a watch tells, for programs: see "watch" in docs/scripting.md. */
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {reportWarning} from '../report-error.js'
import {summaryJson} from './snapshot-summary-json.js'
import type {WatchEvent, WatchReporter} from './watch-reporter.js'

export function watchJsonReporter({output, errorOutput}: {output: Output; errorOutput: Output}): WatchReporter {
  return {
    event(event) {
      output.line(jsonLine(event.type.replaceAll('-', '_'), fieldsOf(event)))
    },
    snapshotEvent(event) {
      if (event.type !== 'unreadable') return
      const {path, code, message} = event
      output.line(jsonLine('unreadable', {path, code, message}))
    },
    warning(warning) {
      errorOutput.line(reportWarning(warning, {json: true}))
    },
  }
}

function fieldsOf(event: WatchEvent): JsonFields {
  switch (event.type) {
    case 'watching':
      return {paths: event.paths, exact: event.isExact}
    case 'not-watching': {
      const {code, message, hint} = event.error
      return {code, message, hint: hint ?? null, every_ms: event.everyMs}
    }
    case 'remote':
      return {path: event.path, file_system: event.fileSystem, every_ms: event.everyMs}
    case 'lost':
      return {reason: event.loss}
    case 'taking':
      return {reason: event.reason.replaceAll('-', '_')}
    case 'snapshot':
      return snapshotFields(event)
    case 'retry':
      return {after_ms: event.afterMs}
    case 'untold':
      return {paths: event.paths, count: event.count}
  }
}

function snapshotFields({reason, outcome}: Extract<WatchEvent, {type: 'snapshot'}>): JsonFields {
  const {id, status, snapshot, error} = outcome
  return {
    reason: reason.replaceAll('-', '_'),
    run_id: id,
    status: status.replaceAll('-', '_'),
    snapshot_id: snapshot?.id ?? null,
    parent_id: snapshot?.parent ?? null,
    unchanged: snapshot?.isUnchanged ?? false,
    walk: snapshot ? (snapshot.isPartialWalk ? 'touched' : 'all') : null,
    elapsed_ms: snapshot ? Math.round(snapshot.elapsedMs) : null,
    unreadable: snapshot?.unreadable ?? 0,
    summary: snapshot ? summaryJson(snapshot.summary) : null,
    error: error ? {code: error.code, message: error.message, hint: error.hint ?? null} : null,
  }
}
