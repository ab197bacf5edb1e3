import test from 'ava'
import fc from 'fast-check'
import {SpanReceiver} from '../../src/engine/span-receiver.js'
import {nextTurn} from '../../src/util/concurrency.js'
import {noise} from '../repository/material.js'

const START = 1000
const LENGTH = 5000
const CONTENT = noise(LENGTH, 1)

/** Gaps and lengths by turns. */
const layout = fc.array(fc.record({gap: fc.nat(300), length: fc.integer({min: 1, max: 900})}), {minLength: 1, maxLength: 8})

function partsOf(gapsAndLengths: readonly {gap: number; length: number}[]): {start: number; length: number}[] {
  let at = START
  const parts: {start: number; length: number}[] = []
  for (const {gap, length} of gapsAndLengths) {
    if (at + gap + length > START + LENGTH) break
    parts.push({start: at + gap, length})
    at += gap + length
  }
  return parts
}

test('span receiver: every part is what lies there, however the bytes come', async (t) => {
  const pieces = fc.array(fc.integer({min: 1, max: 2500}), {minLength: 1, maxLength: 40})
  await fc.assert(
    fc.asyncProperty(layout, pieces, fc.boolean(), async (gapsAndLengths, sizes, isOwn) => {
      const receiver = new SpanReceiver(START)
      const parts = partsOf(gapsAndLengths)
      const wanted = parts.map((part) => receiver.want(part))
      let at = 0
      for (let turn = 0; at < LENGTH; turn++) {
        const piece = CONTENT.slice(at, at + sizes[turn % sizes.length])
        if (isOwn) receiver.writeOwn(piece)
        else receiver.write(piece)
        at += piece.length
        t.is(receiver.receivedBytes, at)
        // A giver uses its memory again.
        if (!isOwn) piece.fill(0)
      }
      receiver.end()
      for (const [place, {start, length}] of parts.entries()) {
        t.deepEqual(Buffer.from(await wanted[place]), Buffer.from(CONTENT.subarray(start - START, start - START + length)))
      }
    }),
    {numRuns: 300},
  )
})

test('span receiver: a part is there before the rest of the span has come', async (t) => {
  const receiver = new SpanReceiver(START)
  const settled: string[] = []
  const note = (name: string, part: Promise<Uint8Array>): void =>
    void part.then(
      (bytes) => settled.push(`${name} ${bytes.length}`),
      (error: Error) => settled.push(`${name} ${error.message}`),
    )
  note('first', receiver.want({start: START, length: 100}))
  note('second', receiver.want({start: START + 100, length: 100}))
  note('third', receiver.want({start: START + 300, length: 100}))
  receiver.write(CONTENT.subarray(0, 150))
  await nextTurn()
  t.deepEqual(settled, ['first 100'])
  receiver.write(CONTENT.subarray(150, 350))
  await nextTurn()
  t.deepEqual(settled, ['first 100', 'second 100'])
  receiver.fail(new Error('broken'))
  await nextTurn()
  t.deepEqual(settled, ['first 100', 'second 100', 'third broken'])
})

test('span receiver: of what ends too soon comes what there is', async (t) => {
  const receiver = new SpanReceiver(START)
  const parts = [
    {start: START, length: 100},
    {start: START + 100, length: 100},
  ].map((part) => receiver.want(part))
  receiver.write(CONTENT.subarray(0, 60))
  receiver.end()
  const [begun, none] = await Promise.all(parts)
  t.deepEqual([Buffer.from(begun), none.length], [Buffer.from(CONTENT.subarray(0, 60)), 0])
})
