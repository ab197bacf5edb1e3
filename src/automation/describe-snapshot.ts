/** The result of a snapshot as the journal has it. */
import type {RunSnapshot} from '../journal/run-record.js'
import type {SnapshotResult} from '../operations/take-snapshot.js'

export function describeSnapshotResult({
  id,
  isUnchanged,
  parent,
  parentTotal,
  summary,
  bytesHighEntropy,
  unreadable,
}: SnapshotResult): RunSnapshot {
  const {files, total, bytesRead, bytesAdded, bytesStored} = summary
  const compared = parentTotal && {
    // What was there and is neither new nor gone is in both.
    deletedFiles: Math.max(0, parentTotal.files - (total.files - files.new)),
    parentFiles: parentTotal.files,
    parentBytes: parentTotal.bytes,
  }
  return {
    ...(id !== undefined && {id}),
    ...(isUnchanged && {isUnchanged: true as const}),
    ...(parent !== undefined && {parent}),
    files: total.files,
    newFiles: files.new,
    changedFiles: files.changed,
    ...compared,
    bytes: total.bytes,
    bytesRead,
    bytesAdded,
    bytesStored,
    ...(bytesHighEntropy !== undefined && {bytesHighEntropy}),
    unreadable,
  }
}
