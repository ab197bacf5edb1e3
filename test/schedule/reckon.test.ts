import test from 'ava'
import {jitterOf} from '../../src/schedule/jitter.js'
import {type History, reckon, settleHistory} from '../../src/schedule/reckon.js'
import {msOf, scheduleOf, textOf} from './schedules.js'

process.env.TZ = 'Europe/Berlin'

const seed = 'atlas'

function history(firstKnown: string, lastStart?: string): History {
  return {firstKnownMs: msOf(firstKnown), lastStartMs: lastStart === undefined ? undefined : msOf(lastStart)}
}

/** `due`, `missed` or when it will be. */
async function answer(schedule: ReturnType<typeof scheduleOf>, known: History, now: string): Promise<string | undefined> {
  const {isDue, isMissed, nextMs} = await reckon(schedule, known, {nowMs: msOf(now), seed})
  return isMissed ? 'missed' : isDue ? 'due' : textOf(nextMs)
}

test('reckon: a schedule runs at its time, and not before it was known', async (t) => {
  const daily = scheduleOf()
  t.is(await answer(daily, history('2026-11-03 02:01'), '2026-11-03 12:00'), '2026-11-04T01:00Z')
  t.is(await answer(daily, history('2026-11-03 01:59'), '2026-11-03 02:00'), 'due')
  t.is(await answer(daily, history('2026-11-01 12:00', '2026-11-03 02:00:01'), '2026-11-03 02:00:02'), '2026-11-04T01:00Z')
  t.is(await answer(daily, history('2026-11-01 12:00', '2026-11-03 02:00'), '2026-11-04 01:59:59.999'), '2026-11-04T01:00Z')
})

test('reckon: what was missed is due once, however many times it was', async (t) => {
  const [daily, known] = [scheduleOf(), history('2026-01-01 12:00', '2026-11-03 02:00')]
  t.is(await answer(daily, known, '2026-11-04 02:05'), 'due')
  t.is(await answer(daily, known, '2026-11-04 02:05:01'), 'missed')
  t.is(await answer(daily, known, '2026-11-20 09:00'), 'missed')
  t.is(await answer(daily, {...known, lastStartMs: msOf('2026-11-20 09:00')}, '2026-11-20 09:01'), '2026-11-21T01:00Z')
})

test('reckon: without catch-up, what is late is left out', async (t) => {
  const [daily, known] = [scheduleOf({catchUp: false}), history('2026-01-01 12:00', '2026-11-03 02:00')]
  t.is(await answer(daily, known, '2026-11-04 02:04'), 'due')
  t.is(await answer(daily, known, '2026-11-04 09:00'), '2026-11-05T01:00Z')
  const quarters = scheduleOf({catchUp: false, trigger: {type: 'every', everyMs: 900_000}})
  t.is(await answer(quarters, known, '2026-11-03 02:16'), 'due')
  t.is(await answer(quarters, known, '2026-11-03 02:21'), '2026-11-03T01:30Z')
  t.is(await answer(quarters, known, '2026-11-04 02:31'), 'due')
})

test('reckon: an interval counts from the last start, and its first run is at once', async (t) => {
  const quarters = scheduleOf({trigger: {type: 'every', everyMs: 900_000}})
  t.is(await answer(quarters, history('2026-11-03 12:00'), '2026-11-03 12:00'), 'due')
  t.is(await answer(quarters, history('2026-11-03 12:00', '2026-11-03 12:07'), '2026-11-03 12:21:59'), '2026-11-03T11:22Z')
  t.is(await answer(quarters, history('2026-11-03 12:00', '2026-11-03 12:07'), '2026-11-03 12:22'), 'due')
  t.is(await answer(quarters, history('2026-11-03 12:00', '2026-11-03 12:07'), '2026-11-05 12:00'), 'missed')
})

test('reckon: who looks now and then finds an interval due a moment early', async (t) => {
  const quarters = scheduleOf({trigger: {type: 'every', everyMs: 900_000}})
  const known = history('2026-11-03 12:00', '2026-11-03 12:00:20')
  const at = (earlyMs: number) => reckon(quarters, known, {nowMs: msOf('2026-11-03 12:15'), seed, earlyMs})
  t.false((await at(0)).isDue)
  t.true((await at(30_000)).isDue)
})

test('reckon: 02:30 in the hour that is skipped is once, when the clock shows 03:00', async (t) => {
  const daily = scheduleOf({trigger: {type: 'daily', atMinute: 150}})
  const known = history('2026-03-01 12:00', '2026-03-28T01:30:00Z')
  t.is(await answer(daily, known, '2026-03-29T00:59:00Z'), '2026-03-29T01:00Z')
  t.is(await answer(daily, known, '2026-03-29T01:00:00Z'), 'due')
  t.is(await answer(daily, {...known, lastStartMs: msOf('2026-03-29T01:00:00Z')}, '2026-03-29T01:00:01Z'), '2026-03-30T00:30Z')
})

test('reckon: 02:30 in the hour that is doubled is once, the first time', async (t) => {
  const daily = scheduleOf({trigger: {type: 'cron', expression: '30 2 * * *'}})
  const known = history('2026-10-01 12:00', '2026-10-24T00:30:00Z')
  t.is(await answer(daily, known, '2026-10-25T00:29:00Z'), '2026-10-25T00:30Z')
  t.is(await answer(daily, known, '2026-10-25T00:30:00Z'), 'due')
  const ran = {...known, lastStartMs: msOf('2026-10-25T00:30:00Z')}
  for (const time of ['2026-10-25T00:30:01Z', '2026-10-25T01:29:00Z', '2026-10-25T01:30:00Z', '2026-10-25T01:31:00Z']) {
    t.is(await answer(daily, ran, time), '2026-10-26T01:30Z', time)
  }
})

test('reckon: of several fixed times, the one that is skipped is made up for, and the one that is doubled is once', async (t) => {
  const twice = scheduleOf({trigger: {type: 'cron', expression: '30 2,14 * * *'}})
  t.is(await answer(twice, history('2026-03-01 12:00', '2026-03-28T13:30:00Z'), '2026-03-29T00:59:00Z'), '2026-03-29T01:00Z')
  t.is(await answer(twice, history('2026-10-01 12:00', '2026-10-25T00:30:00Z'), '2026-10-25T01:30:00Z'), '2026-10-25T13:30Z')
})

test('reckon: a line with a star in the hour goes by what the clock shows: nothing in the gap, and twice in what is doubled', async (t) => {
  const hourly = scheduleOf({trigger: {type: 'cron', expression: '30 * * * *'}})
  t.is(await answer(hourly, history('2026-03-01 12:00', '2026-03-29T00:30:00Z'), '2026-03-29T00:31:00Z'), '2026-03-29T01:30Z')
  t.is(await answer(hourly, history('2026-10-01 12:00', '2026-10-25T00:30:00Z'), '2026-10-25T00:31:00Z'), '2026-10-25T01:30Z')
})

test('reckon: the jitter is the same for everyone on a machine, another each day and on each machine, and within its bounds', (t) => {
  const at = (name: string, occurrenceMs: number, of = seed): number => jitterOf({seed: of, name, occurrenceMs, mostMs: 600_000})
  t.is(at('home', 0), at('home', 0))
  const values = [at('home', 0), at('photos', 0), at('home', 86_400_000), at('home', 0, 'boreas')]
  t.is(new Set(values).size, 4)
  const many = Array.from({length: 500}, (_, day) => at('home', day * 86_400_000))
  t.true(many.every((value) => value >= 0 && value < 600_000))
  t.true(Math.min(...many) < 60_000 && Math.max(...many) > 540_000)
})

test('reckon: with jitter a run is due later by it, and missed only when all of it is over', async (t) => {
  const daily = scheduleOf({jitterMs: 3_600_000})
  const known = history('2026-11-01 12:00', '2026-11-03 02:30')
  const {nextMs = 0} = await reckon(daily, known, {nowMs: msOf('2026-11-04 01:00'), seed})
  t.true(nextMs > msOf('2026-11-04 02:00') && nextMs < msOf('2026-11-04 03:00'))
  for (const nowMs of [msOf('2026-11-04 02:00'), nextMs - 1]) {
    t.deepEqual(await reckon(daily, known, {nowMs, seed}), {isDue: false, isMissed: false, nextMs})
  }
  t.deepEqual(await reckon(daily, known, {nowMs: nextMs, seed}), {isDue: true, isMissed: false, nextMs})
  t.is(await answer(daily, known, '2026-11-04 03:05'), 'due')
  t.is(await answer(daily, known, '2026-11-04 03:05:01'), 'missed')
})

test('reckon: a jitter longer than the interval does not put a run off for ever', async (t) => {
  const hourly = scheduleOf({jitterMs: 86_400_000, trigger: {type: 'cron', expression: '0 * * * *'}})
  const known = history('2026-11-03 11:30')
  for (const occurrence of ['2026-11-03 12:00', '2026-11-03 13:00', '2026-11-03 14:00']) {
    const {nextMs = 0} = await reckon(hourly, known, {nowMs: msOf(occurrence), seed})
    t.true(nextMs <= msOf(occurrence) + 1_800_000)
  }
})

test('reckon: a clock that was put back by a day makes a run no later than the next time it shows', async (t) => {
  const daily = scheduleOf()
  const settled = await settleHistory(daily, history('2026-11-01 12:00', '2026-11-05 02:00'), msOf('2026-11-03 12:00'))
  t.is(await answer(daily, settled, '2026-11-03 12:00'), '2026-11-04T01:00Z')
  t.is(textOf(settled.lastStartMs), '2026-11-03T11:00Z')
})

test('reckon: a clock that was put back by seconds does not run the same twice', async (t) => {
  const [daily, known] = [scheduleOf(), history('2026-11-01 12:00', '2026-11-05 02:00:01')]
  const settled = await settleHistory(daily, {...known, trigger: 'daily at 02:00'}, msOf('2026-11-05 01:59:57'))
  t.is(settled.lastStartMs, known.lastStartMs)
  t.is(await answer(daily, known, '2026-11-05 01:59:57'), '2026-11-05T01:00Z')
  t.is(await answer(daily, known, '2026-11-05 02:00:00'), '2026-11-06T01:00Z')
})

test('reckon: a clock that was put back keeps no schedule of every minute from running', async (t) => {
  const minutely = scheduleOf({trigger: {type: 'cron', expression: '* * * * *'}})
  const settled = await settleHistory(minutely, history('2026-11-05 01:50', '2026-11-05 02:00'), msOf('2026-11-05 01:45:30'))
  t.deepEqual([textOf(settled.firstKnownMs), textOf(settled.lastStartMs)], ['2026-11-05T00:45:30.000Z', '2026-11-05T00:45:30.000Z'])
  t.is(await answer(minutely, settled, '2026-11-05 01:46'), 'due')
})

test('reckon: a time that a changed trigger would have had before was not missed', async (t) => {
  const [before, after] = [scheduleOf(), scheduleOf({trigger: {type: 'daily', atMinute: 240}})]
  const known = await settleHistory(before, history('2026-11-01 12:00', '2026-11-03 02:00'), msOf('2026-11-03 03:00'))
  t.is(await answer(after, known, '2026-11-03 12:00'), 'missed')
  const settled = await settleHistory(after, known, msOf('2026-11-03 12:00'))
  t.is(await answer(after, settled, '2026-11-03 12:00'), '2026-11-04T03:00Z')
  t.is(await settleHistory(after, settled, msOf('2026-11-03 12:01')), settled)
})
