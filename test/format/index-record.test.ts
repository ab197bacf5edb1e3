import test from 'ava'
import {decodeIndex, encodeIndex} from '../../src/format/index-record.js'
import {exampleDirectory, exampleIndex} from './examples.js'

const bytes = Buffer.from(encodeIndex(exampleIndex))

function changed(write: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  write(copy)
  return copy
}

test('index: one without packs is a count of zero', (t) => {
  t.is(Buffer.from(encodeIndex([])).toString('hex'), '00000000')
  t.deepEqual(decodeIndex(new Uint8Array(4)), [])
})

test('index: directories of an aligned record are views of it', (t) => {
  const [pack] = decodeIndex(bytes)
  t.is(pack.directory.chunkIds.buffer, bytes.buffer)
  t.is(pack.directory.chunkLengths.buffer, bytes.buffer)
})

test('index: a count that the bytes cannot hold is damaged-index, without memory', (t) => {
  const before = process.memoryUsage.rss()
  t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(0xffff_ffff, 0))), {code: 'damaged-index'})
  t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(0xffff_ffff, 44))), {code: 'damaged-index'})
  t.true(process.memoryUsage.rss() - before < 16 * 1024 * 1024)
})

test('index: a pack that is shorter than its frames or of an unknown kind is damaged-index', (t) => {
  const needed = 40 + 246 + 8
  t.notThrows(() => decodeIndex(changed((copy) => copy.writeUInt32LE(needed, 36))))
  t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(needed - 1, 36))), {code: 'damaged-index'})
  for (const kind of [0, 3, 257]) {
    t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(kind, 40))), {code: 'damaged-index'})
  }
})

test('index: a damaged directory is damaged-index and names its pack', (t) => {
  const error = t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(299, 48 + 16))), {code: 'damaged-index'})
  t.true(error?.message.includes('c4c4c4c4'))
})

test('index: a directory of a later version is format-too-new', (t) => {
  t.throws(() => decodeIndex(changed((copy) => copy.writeUInt32LE(9, 48 + 32))), {code: 'format-too-new'})
})

test('index: many packs are decoded in order', (t) => {
  const packs = Array.from({length: 100}, (_, pack) => ({
    id: pack.toString(16).padStart(64, '0') as (typeof exampleIndex)[0]['id'],
    sizeBytes: 1000 + pack,
    kind: pack % 2 === 0 ? ('data' as const) : ('tree' as const),
    directory: exampleDirectory,
  }))
  const decoded = decodeIndex(encodeIndex(packs))
  t.deepEqual(
    decoded.map(({id, sizeBytes, kind}) => ({id, sizeBytes, kind})),
    packs.map(({id, sizeBytes, kind}) => ({id, sizeBytes, kind})),
  )
})
