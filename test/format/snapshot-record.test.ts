import test from 'ava'
import {decodeMap, encodeMap, type PlainMap} from '../../src/format/msgpack.js'
import {decodeSnapshot, encodeSnapshot, MAX_SNAPSHOT_BYTES} from '../../src/format/snapshot-record.js'
import type {ByteString} from '../../src/util/bytes.js'
import {exampleSnapshot, idsOf} from './examples.js'

function changedTo(change: PlainMap): Uint8Array {
  return encodeMap({...decodeMap(encodeSnapshot(exampleSnapshot), 'damaged-snapshot'), ...change})
}

test('snapshot: paths are bytes, valid UTF-8 or not', (t) => {
  const paths = ['/home/\xff\xfe', '/home/\xc3\xab'] as ByteString[]
  t.deepEqual(decodeSnapshot(encodeSnapshot({...exampleSnapshot, paths})).paths, paths)
})

test('snapshot: the metadata of its base is there when it was asked for', (t) => {
  const rootEntry = {mode: 0o755, uid: 0, gid: 0, mtimeNs: -1n, ctimeNs: 5n, inode: 2n}
  t.deepEqual(decodeSnapshot(encodeSnapshot({...exampleSnapshot, rootEntry})).rootEntry, rootEntry)
  t.is(decodeSnapshot(encodeSnapshot(exampleSnapshot)).rootEntry, undefined)
})

test('snapshot: one of a later version is format-too-new', (t) => {
  t.throws(() => decodeSnapshot(changedTo({snapshot: 2})), {code: 'format-too-new'})
  t.throws(() => decodeSnapshot(changedTo({snapshot: 0})), {code: 'damaged-snapshot'})
})

test('snapshot: paths that no system takes and references to nothing are damaged-snapshot', (t) => {
  for (const change of [
    {base: new Uint8Array(0)},
    {base: Buffer.from('/a\0b')},
    {paths: [Buffer.from('')]},
    {paths: ['/text']},
    {root: [idsOf(1), 0]},
    {root: [idsOf(1), -1]},
    {root: [idsOf(1, 2), 5]},
    {root: [idsOf(1)]},
    {parent: new Uint8Array(31)},
  ] as PlainMap[]) {
    t.throws(() => decodeSnapshot(changedTo(change)), {code: 'damaged-snapshot'}, Object.keys(change)[0])
  }
})

test('snapshot: a time that does not fit 64 signed bits is damaged-snapshot', (t) => {
  t.is(decodeSnapshot(changedTo({time: 2n ** 63n - 1n})).timeNs, 2n ** 63n - 1n)
  t.throws(() => decodeSnapshot(changedTo({time: 2n ** 63n})), {code: 'damaged-snapshot'})
})

test('snapshot: keys of a later version are kept', (t) => {
  const decoded = decodeSnapshot(changedTo({signature: Uint8Array.of(1)}))
  t.deepEqual(Object.keys(decoded.unknown ?? {}), ['signature'])
  t.deepEqual(Buffer.from(encodeSnapshot(decoded)), Buffer.from(changedTo({signature: Uint8Array.of(1)})))
})

test('snapshot: more than 16 MiB of paths cannot be written, nor is it read', (t) => {
  const paths = Array.from({length: 5000}, (_, index) => `/${index}/${'x'.repeat(4000)}` as ByteString)
  t.throws(() => encodeSnapshot({...exampleSnapshot, paths}), {code: 'usage'})
  t.throws(() => decodeSnapshot(new Uint8Array(MAX_SNAPSHOT_BYTES + 1)), {code: 'damaged-snapshot'})
})
