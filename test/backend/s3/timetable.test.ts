/** A limit that changes by the clock, in the middle of one object on its way; the clock is of the whole process, so that this has a file of its own. */
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {parseRates} from '../../../src/cli/parse-rates.js'
import {monotonicMs, nowNs, shiftClock} from '../../../src/util/clock.js'
import {pattern} from '../objects.js'
import {open, s3Options} from './fixture.js'
import {at, serve} from './serve.js'

const BYTES = 4_000_000
const EIGHT_NS = BigInt(new Date(2026, 10, 30, 8).getTime()) * 1_000_000n

/** A server that counts what comes, and the wall clock at a minute before eight. */
async function beforeEight(t: ExecutionContext) {
  shiftClock(EIGHT_NS - 60_000_000_000n - nowNs())
  const received = {bytes: 0}
  const port = await serve(t, (request, response) => {
    request.on('data', (piece: Buffer) => void (received.bytes += piece.length)).on('end', () => response.writeHead(200).end())
  })
  const backend = async (limit: string) =>
    open(t, 's3://bucket', s3Options(t, at(port)), {limitUpload: parseRates(limit, '--limit-upload')})
  return {received, backend}
}

const passEight = (): void => shiftClock(120_000_000_000n)

test.serial('s3 timetable: an object that waits goes at once when the limit ends', async (t) => {
  const {received, backend} = await beforeEight(t)
  const storage = await backend('07:00,100K 08:00,off')
  const begun = monotonicMs()
  const put = storage.put('a', pattern(BYTES))
  await setTimeout(1500)
  t.true(received.bytes > 0 && received.bytes < 400_000, `${received.bytes} bytes by then`)
  passEight()
  await put
  t.is(received.bytes, BYTES)
  t.true(monotonicMs() - begun < 6000, 'at the limit of before it would take 39 seconds')
})

test.serial('s3 timetable: an object that is on its way slows down when a limit begins', async (t) => {
  const {received, backend} = await beforeEight(t)
  const storage = await backend('07:00,1M 08:00,100K')
  const put = storage.put('a', pattern(BYTES)).catch(() => 'closed')
  await setTimeout(1000)
  const before = received.bytes
  t.true(before > 600_000, `${before} bytes by then`)
  passEight()
  // It is noticed within a second.
  await setTimeout(1200)
  const slow = received.bytes
  await setTimeout(1500)
  t.true(received.bytes - slow < 400_000, `${received.bytes - slow} bytes in a second and a half`)
  t.true(received.bytes > slow)
  await storage.close()
  await put
})
