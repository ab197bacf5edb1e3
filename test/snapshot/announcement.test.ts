import {execFileSync} from 'node:child_process'
import {hostname} from 'node:os'
import test from 'ava'
import {decodeSnapshot, encodeSnapshot} from '../../src/format/snapshot-record.js'
import {mayBeStored, thisProcess} from '../../src/snapshot/announcement.js'
import {snapshotAt} from './dated-snapshots.js'

const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid']).toString())

test('announcement: may be stored while its process may be at work', (t) => {
  t.true(mayBeStored({announcedBy: thisProcess()}))
  t.true(mayBeStored({announcedBy: {host: 'another', pid: gone}}))
  t.false(mayBeStored({announcedBy: {host: hostname(), pid: gone}}))
  t.false(mayBeStored({}))
})

test('announcement: the record says who announced it', (t) => {
  const {record} = snapshotAt('2026-11-22', {isIncomplete: true, announcedBy: {host: 'atlas', pid: 4711}})
  t.deepEqual(decodeSnapshot(encodeSnapshot(record)).announcedBy, {host: 'atlas', pid: 4711})
})
