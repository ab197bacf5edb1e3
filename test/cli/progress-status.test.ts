import test from 'ava'
import {RestoreStatus, SnapshotStatus} from '../../src/cli/progress-status.js'

const MIB = 1024 * 1024

test('snapshot: counts, sizes and rates; share and time left only once the totals are known', (t) => {
  const status = new SnapshotStatus()
  const progress = {elapsedMs: 0, files: 0, bytesRead: 0, bytesProcessed: 0, bytesNew: 0, bytesStored: 0}
  t.is(status.line(progress), '0 files  0 B read  0 B new  0 B/s read  0 B/s written')
  const later = {elapsedMs: 2000, files: 1200, bytesRead: 100 * MIB, bytesProcessed: 200 * MIB, bytesNew: 50 * MIB, bytesStored: 20 * MIB}
  t.is(status.line(later), '1,200 files  100 MiB read  50.0 MiB new  50.0 MiB/s read  10.0 MiB/s written')
  t.is(
    status.line({...later, elapsedMs: 4000, files: 2400, bytesProcessed: 400 * MIB, totalFiles: 6000, totalBytes: 1000 * MIB}),
    '40%  2,400 files  100 MiB read  50.0 MiB new  25.0 MiB/s read  5.0 MiB/s written  6.0 s left',
  )
})

test('snapshot: many small files take their time too', (t) => {
  const status = new SnapshotStatus()
  const progress = {bytesRead: 0, bytesNew: 0, bytesStored: 0, totalFiles: 11_000, totalBytes: 2000}
  status.line({...progress, elapsedMs: 0, files: 0, bytesProcessed: 0})
  t.true(status.line({...progress, elapsedMs: 1000, files: 1000, bytesProcessed: 1000}).endsWith('10 s left'))
})

test('restore: what is done of what there is', (t) => {
  const status = new RestoreStatus()
  const totals = {totalFiles: 4000, totalBytes: 100 * MIB}
  status.line({elapsedMs: 0, files: 0, bytes: 0, ...totals})
  t.is(
    status.line({elapsedMs: 1000, files: 2000, bytes: 25 * MIB, ...totals}),
    '25%  2,000 of 4,000 files  25.0 MiB of 100 MiB  25.0 MiB/s  2.0 s left',
  )
})

test('restore of nothing: no share of nothing is given', (t) => {
  t.is(new RestoreStatus().line({elapsedMs: 5, files: 0, bytes: 0, totalFiles: 0, totalBytes: 0}), '0 of 0 files  0 B of 0 B  0 B/s')
})
