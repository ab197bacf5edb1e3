import test from 'ava'
import {changeLine, diffTotalsLines} from '../../../src/cli/reporters/change-list.js'
import type {Change, DiffTotals} from '../../../src/operations/diff-snapshots.js'

const PATH = {path: 'a', pathBytes: Buffer.from('a')}
const NONE = {files: 0, directories: 0, links: 0, others: 0, bytes: 0}
const TOTALS: DiffTotals = {
  added: NONE,
  removed: NONE,
  content: {files: 0, bytesBefore: 0, bytesAfter: 0},
  metadata: {entries: 0},
  type: {entries: 0},
  unknown: {entries: 0},
}

test('every change has its sign, folders a slash, and sizes where they say something', (t) => {
  const changes: [Omit<Change, 'path' | 'pathBytes'>, string][] = [
    [{kind: 'file', change: 'added', sizeAfter: 3}, '+  a  (3 B)'],
    [{kind: 'directory', change: 'removed'}, '-  a/'],
    [{kind: 'file', change: 'content', sizeBefore: 3, sizeAfter: 2048}, 'M  a  (3 B -> 2.0 KiB)'],
    [{kind: 'file', change: 'metadata', sizeBefore: 3, sizeAfter: 3}, 'm  a'],
    [{kind: 'link', change: 'type'}, 'T  a'],
  ]
  for (const [change, line] of changes) t.is(changeLine({...PATH, ...change}), line)
})

test('totals name what there is, and nothing else', (t) => {
  t.deepEqual(diffTotalsLines(TOTALS), ['no changes'])
  const totals = {
    ...TOTALS,
    added: {files: 2, directories: 1, links: 1, others: 0, bytes: 10},
    content: {files: 1, bytesBefore: 1, bytesAfter: 2},
    metadata: {entries: 1},
    type: {entries: 2},
    unknown: {entries: 1},
  }
  t.deepEqual(diffTotalsLines(totals), [
    '',
    '+  2 files, 1 directory, 1 link (10 B) added',
    'M  1 file with other content (1 B -> 2 B)',
    'm  1 entry with other metadata',
    'T  2 entries of another type',
    '?  1 entry could not be compared: one of the sides could not read what is there',
  ])
})
