import type {SnapshotSummary, Totals} from './snapshot-types.js'
import type {JsonFields} from '../json-output.js'

/** What was done, as the result of a snapshot and its record both say it. */
export function summaryJson(summary: SnapshotSummary): JsonFields {
  return {
    files: countsJson(summary.files),
    directories: countsJson(summary.directories),
    bytes_read: summary.bytesRead,
    bytes_added: summary.bytesAdded,
    bytes_stored: summary.bytesStored,
    chunks_new: summary.chunksNew,
    changed_while_read: summary.changedWhileRead,
    skipped: summary.skipped,
    total: totalsJson(summary.total),
  }
}

function totalsJson({files, directories, links, others, bytes, unreadable}: Totals): JsonFields {
  return {files, directories, links, others, bytes, unreadable}
}

function countsJson(counts: SnapshotSummary['files']): JsonFields {
  return {new: counts.new, changed: counts.changed, unchanged: counts.unchanged}
}
