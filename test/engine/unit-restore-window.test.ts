import test from 'ava'
import fc from 'fast-check'
import {type FrameGroup, type RestoredFile, RestoreWindow} from '../../src/engine/restore-window.js'
import {LOCAL_ACCESS} from '../../src/backend/backend.js'
import {ChunkIndex} from '../../src/repository/chunk-index.js'
import type {ByteString} from '../../src/util/bytes.js'
import {chunkId, chunkIds, sum, toldPack} from '../repository/material.js'

function fileOf(path: string): RestoredFile {
  return {
    path: path as ByteString,
    absolute: `/target/${path}` as ByteString,
    sizeBytes: 0,
    metadata: {mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n},
    isReplacement: false,
    chunkCount: undefined,
    chunksDone: 0,
    temporary: undefined,
    isSettled: false,
    hasFailed: false,
  }
}

/** Five packs of forty chunks, three in a frame. */
const index = new ChunkIndex()
for (let pack = 0; pack < 5; pack++) index.add(toldPack(`pack ${pack}`, chunkIds(pack * 40, 40), 3))

const lengthOf = (chunk: number): number => 1000 + ((chunk % 40) % 7)

/** Adds a file of these chunks; gives what is to be found in the groups. */
function addFile(window: RestoreWindow, file: RestoredFile, chunks: readonly number[]): string[] {
  const lengths = Uint32Array.from(chunks, lengthOf)
  window.add(file, {ids: Buffer.concat(chunks.map(chunkId)), lengths}, 100)
  return chunks.map((chunk, place) => `${file.path} ${chunk} at ${100 + sum(lengths.subarray(0, place))}`)
}

/** The same of groups, each chunk named by its id. */
function describe(groups: readonly FrameGroup[]): string[] {
  const names = new Map(Array.from({length: 200}, (_, chunk) => [Buffer.from(chunkId(chunk)).toString('hex'), chunk]))
  return groups.flatMap(({chunks}) =>
    chunks.map(({chunk: {file, fileOffset, ids, idOffset}}) => {
      const id = Buffer.from(ids.subarray(idOffset, idOffset + 32)).toString('hex')
      return `${file.path} ${names.get(id)} at ${fileOffset}`
    }),
  )
}

test('restore window: every chunk of every file is in one group, with its place in frame and file', (t) => {
  const files = fc.array(fc.array(fc.nat(199), {maxLength: 30}), {maxLength: 8})
  fc.assert(
    fc.property(files, (made) => {
      const window = new RestoreWindow({index, access: LOCAL_ACCESS})
      const expected = made.flatMap((chunks, number) => addFile(window, fileOf(`${number}`), chunks))
      const groups = [...window.take()]
      t.deepEqual(describe(groups).toSorted(), expected.toSorted())
      for (const {frames, chunks, start, length} of groups) {
        t.is(new Set(frames.map(({pack}) => pack.id)).size, 1)
        t.true(length <= 4 * 2 ** 20)
        for (const {frame: place, chunk} of chunks) {
          const frame = frames[place]
          t.deepEqual(frame, index.frame(chunk.frame))
          t.true(frame.offset >= start && frame.offset + frame.storedLength <= start + length)
          t.true(chunk.offset + chunk.length <= frame.rawLength)
        }
      }
      const fetched = groups.flatMap(({frames}) => frames.map(({pack, ordinal}) => `${pack.id} ${ordinal}`))
      t.is(new Set(fetched).size, fetched.length)
      t.deepEqual([...window.take()], [])
    }),
    {numRuns: 100},
  )
})

test('restore window: frames that follow each other are fetched with one request', (t) => {
  const window = new RestoreWindow({index, access: LOCAL_ACCESS})
  addFile(
    window,
    fileOf('a'),
    Array.from({length: 40}, (_, chunk) => chunk),
  )
  const groups = [...window.take()]
  t.is(groups.length, 1)
  t.is(groups[0].frames.length, 14)
})

test('restore window: a chunk that no pack has is told by its place in the file', (t) => {
  const window = new RestoreWindow({index, access: LOCAL_ACCESS})
  const chunks = [1, 2, 999, 3]
  t.is(window.add(fileOf('a'), {ids: Buffer.concat(chunks.map(chunkId)), lengths: Uint32Array.from(chunks, lengthOf)}, 0), 2)
  t.is(window.add(fileOf('b'), {ids: chunkId(1), lengths: Uint32Array.of(lengthOf(1))}, 0), -1)
})

test('restore window: nothing of a file that has failed is fetched', (t) => {
  const window = new RestoreWindow({index, access: LOCAL_ACCESS})
  const failed = fileOf('failed')
  addFile(window, failed, [1, 2, 3])
  const expected = addFile(window, fileOf('good'), [50])
  failed.hasFailed = true
  t.deepEqual(describe([...window.take()]), expected)
})
