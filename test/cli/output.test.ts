import {PassThrough} from 'node:stream'
import test from 'ava'
import {streamOutput} from '../../src/cli/output.js'

test('writing waits while the reader is slow', async (t) => {
  const stream = new PassThrough({highWaterMark: 4})
  let isDone = false
  const written = streamOutput(stream)
    .write('more than four')
    .then(() => {
      isDone = true
    })
  await new Promise((resolve) => setImmediate(resolve))
  t.false(isDone)
  stream.resume()
  await written
  t.true(isDone)
})

test('what is written after the reader has gone is dropped', async (t) => {
  const stream = new PassThrough()
  stream.destroy()
  const output = streamOutput(stream)
  await t.notThrowsAsync(output.write('text'))
  t.notThrows(() => output.line('text'))
})

test('a reader that goes away ends the waiting', async (t) => {
  const stream = new PassThrough({highWaterMark: 1})
  const written = streamOutput(stream).write('text')
  stream.destroy()
  await t.notThrowsAsync(written)
})
