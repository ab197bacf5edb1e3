/** What a snapshot would take in, for programs: see "snapshot" in docs/scripting.md. */
import type {ReviewCounts, ReviewedChange, SnapshotReview} from '../../operations/review-snapshot.js'
import {type JsonFields, jsonLine} from '../json-output.js'
import {pathJson} from './path-json.js'

/** One object on one line, in pieces, since its list may be long. */
export async function* reviewJson({parent, changes, totals}: SnapshotReview): AsyncGenerator<string> {
  yield `${jsonLine('review', {parent_id: parent ?? null, totals: totalsJson(totals)}).slice(0, -1)},"changes":[`
  let separator = ''
  for (const change of changes) {
    yield separator + JSON.stringify(changeJson(change))
    separator = ','
  }
  yield ']}\n'
}

function changeJson({path, pathBytes, kind, change, sizeBefore, sizeAfter}: ReviewedChange): JsonFields {
  return {
    ...pathJson({path, pathBytes}),
    kind: kind.replaceAll('-', '_'),
    change,
    size_before: sizeBefore ?? null,
    size_after: sizeAfter ?? null,
  }
}

function totalsJson({new: added, modified, deleted, upToDate, unreadable}: SnapshotReview['totals']): JsonFields {
  return {
    new: countsJson(added),
    modified: {...countsJson(modified), bytes_before: modified.bytesBefore},
    deleted: countsJson(deleted),
    up_to_date: {files: upToDate.files, links: upToDate.links, bytes: upToDate.bytes},
    unreadable: {entries: unreadable.entries},
  }
}

function countsJson({files, directories, links, others, bytes}: ReviewCounts): JsonFields {
  return {files, directories, links, others, bytes}
}
