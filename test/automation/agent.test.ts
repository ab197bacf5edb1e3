import test from 'ava'
import {msOf, scheduleOf} from '../schedule/schedules.js'
import {SimulatedMachine} from './agent-simulation.js'

process.env.TZ = 'Europe/Berlin'

const HOUR_MS = 3_600_000

test('agent: a month with daylight saving in the spring: each day once, and the skipped 02:30 once', async (t) => {
  const nightly = scheduleOf({trigger: {type: 'daily', atMinute: 150}})
  const machine = new SimulatedMachine([nightly], '2026-03-10 12:00')
  await machine.runUntil('2026-04-10 12:00')
  const days = machine.runs.map(({startMs}) => new Date(startMs).toLocaleString('sv', {timeZone: 'Europe/Berlin'}))
  const expected = Array.from({length: 31}, (_, index) => {
    const day = new Date(Date.UTC(2026, 2, 11 + index)).toISOString().slice(0, 10)
    return day === '2026-03-29' ? `${day} 03:00:00` : `${day} 02:30:00`
  })
  t.deepEqual(days, expected)
  t.is(machine.ticks, 31 * 24 - 1)
})

test('agent: a month with daylight saving in the autumn: each day once, and the doubled 02:30 once', async (t) => {
  const nightly = scheduleOf({trigger: {type: 'cron', expression: '30 2 * * *'}})
  const machine = new SimulatedMachine([nightly], '2026-10-10 12:00')
  await machine.runUntil('2026-11-10 12:00')
  const days = machine.runs.map(({startMs}) => new Date(startMs).toLocaleString('sv', {timeZone: 'Europe/Berlin'}))
  t.deepEqual(
    days,
    Array.from({length: 31}, (_, index) => `${new Date(Date.UTC(2026, 9, 11 + index)).toISOString().slice(0, 10)} 02:30:00`),
  )
  t.is(machine.started()[14], '2026-10-25T00:30Z')
})

test('agent: two schedules of one profile that are due at once never overlap, and both run', async (t) => {
  const nightly = scheduleOf()
  const drill = scheduleOf({name: 'drill', task: 'drill'})
  const other = scheduleOf({name: 'photos', profile: 'photos'})
  const machine = new SimulatedMachine([nightly, drill, other], '2026-11-01 12:00')
  machine.durationMs = () => 3 * HOUR_MS
  await machine.runUntil('2026-12-01 12:00')
  for (const name of ['home', 'drill', 'photos']) t.is(machine.started(name).length, 30, name)
  t.deepEqual(machine.overlaps(), [])
  t.is(machine.started('home')[0], '2026-11-02T01:00Z')
  t.is(machine.started('drill')[0], '2026-11-02T04:00Z')
  t.is(machine.started('photos')[0], '2026-11-02T01:00Z')
})

test('agent: a run that takes longer than its interval is begun again when it has ended, and not for each time that passed', async (t) => {
  const quarters = scheduleOf({trigger: {type: 'every', everyMs: 15 * 60_000}})
  const machine = new SimulatedMachine([quarters], '2026-11-01 12:00')
  machine.durationMs = () => 40 * 60_000
  await machine.runUntil('2026-11-02 12:00')
  t.is(machine.runs.length, 36)
  t.deepEqual(machine.overlaps(), [])
})

test('agent: a machine that slept for a week runs once when it wakes, and goes on as ever', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-01 12:00')
  const sleep = (days: number) => (asleep: SimulatedMachine) => {
    asleep.suspendMs = days * 24 * HOUR_MS
  }
  await machine.runUntil('2026-11-20 12:00', [{at: '2026-11-03 12:00', does: sleep(7)}])
  t.deepEqual(machine.started().slice(0, 2), ['2026-11-02T01:00Z', '2026-11-03T01:00Z'])
  const woken = machine.runs[2].startMs - msOf('2026-11-10 12:00')
  t.true(woken >= 0 && woken <= 60_000, String(woken))
  t.deepEqual(
    machine.started().slice(3),
    Array.from({length: 10}, (_, day) => `2026-11-${11 + day}T01:00Z`),
  )
  t.true(machine.events.some((event) => event.type === 'run-began' && event.isLate))
})

test('agent: without catch-up, a machine that slept runs at the next time only', async (t) => {
  const machine = new SimulatedMachine([scheduleOf({catchUp: false})], '2026-11-01 12:00')
  const sleep = (asleep: SimulatedMachine): void => {
    asleep.suspendMs = 7 * 24 * HOUR_MS
  }
  await machine.runUntil('2026-11-12 12:00', [{at: '2026-11-03 12:00', does: sleep}])
  t.deepEqual(machine.started(), ['2026-11-02T01:00Z', '2026-11-03T01:00Z', '2026-11-11T01:00Z', '2026-11-12T01:00Z'])
})

test('agent: what was missed while no agent ran is made up for once, when one does', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-10 12:00')
  machine.histories.set('home', {firstKnownMs: msOf('2026-10-01 12:00'), lastStartMs: msOf('2026-11-01 02:00')})
  await machine.runUntil('2026-11-11 12:00')
  t.deepEqual(machine.started(), ['2026-11-10T11:00Z', '2026-11-11T01:00Z'])
})

test('agent: a clock that jumps back by three weeks neither stops it nor has it run again and again', async (t) => {
  const machine = new SimulatedMachine(
    [scheduleOf(), scheduleOf({name: 'quarters', trigger: {type: 'every', everyMs: 15 * 60_000}})],
    '2026-11-25 12:00',
  )
  machine.durationMs = () => 10_000
  await machine.runUntil('2026-11-30 12:00', [{at: '2026-11-26 12:00', does: (jumping) => jumping.setClock('2026-11-05 12:00')}])
  // One on the day before the jump, and each day from the 6th to the 30th.
  t.deepEqual(machine.started('home'), [
    '2026-11-26T01:00Z',
    ...Array.from({length: 25}, (_, day) => `2026-11-${String(6 + day).padStart(2, '0')}T01:00Z`),
  ])
  const quarters = machine.runs.filter(({schedule}) => schedule === 'quarters')
  const gaps = quarters.slice(1).map(({begin}, index) => begin - quarters[index].begin)
  t.true(Math.max(...gaps) <= 31 * 60_000 && Math.min(...gaps) >= 15 * 60_000 - 1000, `${Math.min(...gaps)} to ${Math.max(...gaps)}`)
})

test('agent: a clock that jumps forward by a year and back again runs once for it', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-01 12:00')
  await machine.runUntil('2026-11-06 12:00', [
    {at: '2026-11-03 12:00', does: (jumping) => jumping.setClock('2027-11-03 12:00')},
    {at: '2027-11-03 13:00', does: (jumping) => jumping.setClock('2026-11-03 13:00')},
  ])
  t.deepEqual(
    machine.started().map((time) => time.slice(0, 13)),
    ['2026-11-02T01', '2026-11-03T01', '2027-11-03T11', '2026-11-04T01', '2026-11-05T01', '2026-11-06T01'],
  )
})

test('agent: a clock that is corrected by seconds each hour runs each day once', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-01 12:00')
  const nights = Array.from({length: 10}, (_, day) => `2026-11-${String(2 + day).padStart(2, '0')}`)
  const happenings = nights.map((night) => ({
    at: `${night} 02:00:00`,
    does: (jumping: SimulatedMachine) => jumping.setClock(`${night} 01:59:50`),
  }))
  await machine.runUntil('2026-11-11 12:00', happenings)
  t.deepEqual(
    machine.started().map((time) => time.slice(0, 10)),
    nights,
  )
})

test('agent: a run that is put off is called again after ten minutes, until it begins', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-01 12:00')
  let calls = 0
  machine.begins = () => ++calls > 5
  await machine.runUntil('2026-11-02 12:00')
  t.deepEqual(machine.started(), ['2026-11-02T01:50Z'])
  t.is(calls, 6)
})

test('agent: a process that takes longer than it may, and five minutes more, is killed', async (t) => {
  const machine = new SimulatedMachine([scheduleOf({longestMs: HOUR_MS})], '2026-11-01 12:00')
  machine.durationMs = () => 1000 * HOUR_MS
  await machine.runUntil('2026-11-03 12:00')
  t.is(machine.runs.length, 2)
  for (const {begin, end = 0} of machine.runs) t.true(end - begin >= 65 * 60_000 && end - begin <= 66 * 60_000, String(end - begin))
  const killed = machine.events.filter((event) => event.type === 'run-ended').map((event) => event.type === 'run-ended' && event.code)
  t.deepEqual(killed, [null, null])
  t.is(machine.events.filter((event) => event.type === 'run-too-long').length, 2)
})

test('agent: asked to end, it asks its processes to end, waits for them, and begins nothing more', async (t) => {
  const machine = new SimulatedMachine([scheduleOf(), scheduleOf({name: 'drill'})], '2026-11-01 12:00')
  machine.durationMs = () => 5 * HOUR_MS
  await machine.runUntil('2026-11-02 03:00')
  t.is(machine.runs.length, 1)
  const [{begin, end = 0}] = machine.runs
  t.true(end - begin >= HOUR_MS && end - begin < HOUR_MS + 60_000)
  t.deepEqual(machine.events.at(-1)?.type, 'run-ended')
  t.deepEqual(
    machine.events.filter((event) => event.type === 'ending'),
    [{type: 'ending', running: ['home']}],
  )
})

test('agent: what is changed in the config file counts from then on; a broken one is told once, and what was before goes on', async (t) => {
  const machine = new SimulatedMachine([scheduleOf()], '2026-11-01 12:00')
  await machine.runUntil('2026-11-06 12:00', [
    {at: '2026-11-02 12:00', does: (changing) => (changing.schedules = [scheduleOf({trigger: {type: 'daily', atMinute: 240}})])},
    {at: '2026-11-03 12:00', does: (changing) => (changing.configError = new Error('no TOML'))},
    {at: '2026-11-04 12:00', does: (changing) => (changing.configError = undefined)},
    {at: '2026-11-05 12:00', does: (changing) => (changing.schedules = [])},
  ])
  t.deepEqual(machine.started(), ['2026-11-02T01:00Z', '2026-11-03T03:00Z', '2026-11-04T03:00Z', '2026-11-05T03:00Z'])
  t.is(machine.events.filter(({type}) => type === 'trouble').length, 1)
  t.is(machine.events.filter(({type}) => type === 'reloaded').length, 2)
})

test('agent: with jitter, each day runs once, later by no more than it, and not always by the same', async (t) => {
  const machine = new SimulatedMachine([scheduleOf({jitterMs: HOUR_MS})], '2026-11-01 12:00')
  await machine.runUntil('2026-12-01 12:00')
  t.is(machine.runs.length, 30)
  const delays = machine.runs.map(
    ({startMs}, day) => startMs - msOf(`2026-11-${String(day + 2).padStart(2, '0')} 02:00`.replace('11-31', '12-01')),
  )
  t.true(
    delays.every((delay) => delay >= 0 && delay <= HOUR_MS),
    delays.join(' '),
  )
  t.true(Math.max(...delays) - Math.min(...delays) > HOUR_MS / 2)
})
