/** Changes as a review tells them. */
import {type ReviewedChange, ReviewedChange as Change} from '../../src/operations/review-snapshot.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {toByteString} from '../../src/util/bytes.js'

export function fileChange(change: ReviewedChange['change'], path: string, sizeBytes = 10): ReviewedChange {
  const [sizeBefore, sizeAfter] = {
    new: [undefined, sizeBytes],
    modified: [1, sizeBytes],
    deleted: [sizeBytes, undefined],
  }[change]
  return new Change({path: toByteString(path), change, type: ENTRY_TYPE.file, sizeBefore, sizeAfter})
}

export function folderChange(change: ReviewedChange['change'], path: string): ReviewedChange {
  return new Change({path: toByteString(path), change, type: ENTRY_TYPE.directory, sizeBefore: undefined, sizeAfter: undefined})
}
