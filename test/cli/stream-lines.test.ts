import test from 'ava'
import {linesOf, mapItems, withReturnValue, writePieces} from '../../src/cli/stream-lines.js'
import {memoryOutput} from './memory-output.js'

async function* numbers(count: number): AsyncGenerator<number, string> {
  for (let number = 0; number < count; number++) yield number
  return 'done'
}

test('many lines are written in few pieces, all of them and in order', async (t) => {
  let pieces = 0
  let text = ''
  const output = {...memoryOutput(), write: async (chunk: string | Uint8Array) => void (pieces++, (text += String(chunk)))}
  await writePieces(output, linesOf(numbers(50_000), String))
  t.is(text, `${Array.from({length: 50_000}, (_, index) => index).join('\n')}\n`)
  t.true(pieces < 10)
})

test('what a generator returns is there once its items are through, and not before', async (t) => {
  const {items, value} = withReturnValue(numbers(3))
  t.throws(value)
  const doubled: number[] = []
  for await (const number of mapItems(items, (number) => number * 2)) doubled.push(number)
  t.deepEqual(doubled, [0, 2, 4])
  t.is(value(), 'done')
})
