import test from 'ava'
import fc from 'fast-check'
import {FrameBuffer} from '../../src/repository/frame-buffer.js'
import {concatBytes} from '../../src/util/bytes.js'
import {chunkId} from './material.js'

test('frame buffer: chunks taken from anywhere behind it lie one after another, with their ids', (t) => {
  const chunk = fc.record({bytes: fc.uint8Array({minLength: 1, maxLength: 50}), gap: fc.nat(20)})
  fc.assert(
    fc.property(fc.array(chunk, {maxLength: 200}), (chunks) => {
      const frame = new FrameBuffer(new Uint8Array(200 * 70 + 70))
      chunks.forEach(({bytes, gap}, number) => {
        const start = frame.filled + gap
        frame.memory.set(bytes, start)
        frame.take(start, bytes.length, chunkId(number))
      })
      t.deepEqual(frame.raw, concatBytes(chunks.map(({bytes}) => bytes)))
      t.deepEqual(
        frame.lengths,
        chunks.map(({bytes}) => bytes.length),
      )
      t.deepEqual(frame.ids, concatBytes(chunks.map((_, number) => chunkId(number))))
    }),
    {numRuns: 50},
  )
})

test('frame buffer: a cleared one begins again', (t) => {
  const frame = new FrameBuffer(new Uint8Array(100))
  frame.take(0, 60, chunkId(1))
  frame.clear()
  t.deepEqual([frame.filled, frame.lengths.length, frame.ids.length, frame.raw.length], [0, 0, 0, 0])
  frame.memory.fill(7, 10, 15)
  frame.take(10, 5, chunkId(2))
  t.deepEqual(frame.raw, new Uint8Array(5).fill(7))
  t.deepEqual(frame.ids, Uint8Array.from(chunkId(2)))
})
