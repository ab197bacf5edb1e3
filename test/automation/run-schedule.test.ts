import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {type Call, callSchedule, type ScheduleCallOutcome} from '../../src/automation/run-schedule.js'
import type {RunStatus} from '../../src/automation/run-types.js'
import {type BookPlace, historyOf, keep, openState, peekState} from '../../src/automation/schedule-book.js'
import {keySuffix, scheduleKey} from '../../src/automation/schedule-key.js'
import type {ScheduleState} from '../../src/automation/schedule-state.js'
import {PocketError} from '../../src/errors.js'
import type {Schedule} from '../../src/schedule/schedule.js'
import {ownIdentity} from '../../src/util/process-identity.js'
import {fakeMachine} from '../machine/fake-machine.js'
import {msOf, scheduleOf} from '../schedule/schedules.js'

interface Desk {
  place: BookPlace
  now: {ms: number}
  warnings: string[]
  /** Milliseconds that were slept. */
  slept: number[]
  /** What was known each time that a run began. */
  runs: (ScheduleState | undefined)[]
  call: (schedule: Schedule, call?: Call, run?: (signal: AbortSignal) => Promise<RunStatus>) => Promise<ScheduleCallOutcome>
}

/** Nothing gives way, lest the tests do. */
function plainSchedule(changes: Partial<Schedule> = {}): Schedule {
  return scheduleOf({isLowPriority: false, ...changes})
}

async function desk(t: ExecutionContext, now: string, machine = {}): Promise<Desk> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'pocket-book-'))
  t.teardown(() => rm(stateDirectory, {recursive: true, force: true}))
  const clock = {ms: msOf(now)}
  const warnings: string[] = []
  const place: BookPlace = {
    stateDirectory,
    suffix: '',
    seed: 'atlas',
    nowMs: () => clock.ms,
    onWarning: ({message}) => warnings.push(message),
  }
  const slept: number[] = []
  const runs: (ScheduleState | undefined)[] = []
  const fake = await fakeMachine(t, machine)
  return {
    place,
    now: clock,
    warnings,
    slept,
    runs,
    call: (schedule, call = 'now', run = () => Promise.resolve('succeeded')) =>
      callSchedule({
        schedule,
        call,
        place,
        machine: fake,
        sleep: (ms) => {
          slept.push(ms)
          clock.ms += ms
          return Promise.resolve()
        },
        signal: new AbortController().signal,
        onNotice: () => undefined,
        run: async (signal) => {
          runs.push(await peekState(place, schedule))
          const status = await run(signal)
          clock.ms += 60_000
          return {id: 'run', status}
        },
      }),
  }
}

test('schedule run: the start is on disk before the run begins, and its end and result afterwards', async (t) => {
  const {call, runs, place, now} = await desk(t, '2026-11-03 02:00')
  const begin = now.ms
  t.like(await call(plainSchedule()), {type: 'ran', outcome: {status: 'succeeded'}})
  t.like(runs[0], {lastStartMs: begin, process: {pid: process.pid}})
  t.is(runs[0]?.lastStatus, undefined)
  const after = await peekState(place, plainSchedule())
  t.like(after, {lastStartMs: begin, lastEndMs: begin + 60_000, lastStatus: 'succeeded', deaths: 0})
  t.is(after?.process, undefined)
})

test('schedule run: if due, it runs once for each time', async (t) => {
  const {call, runs, now, place} = await desk(t, '2026-11-03 01:00')
  await openState(place, plainSchedule())
  t.deepEqual(await call(plainSchedule(), 'if-due'), {type: 'not-due', nextMs: msOf('2026-11-03 02:00')})
  now.ms = msOf('2026-11-03 02:00')
  t.is((await call(plainSchedule(), 'if-due')).type, 'ran')
  t.is((await call(plainSchedule(), 'if-due')).type, 'not-due')
  t.is(runs.length, 1)
})

test('schedule run: if missed, it runs when others had their time to, and never without catch-up', async (t) => {
  const {call, now, place} = await desk(t, '2026-11-03 01:00')
  await openState(place, plainSchedule())
  now.ms = msOf('2026-11-03 02:04')
  t.is((await call(plainSchedule(), 'if-missed')).type, 'not-due')
  now.ms = msOf('2026-11-03 02:06')
  t.is((await call(plainSchedule({catchUp: false}), 'if-missed')).type, 'not-due')
  t.is((await call(plainSchedule(), 'if-missed')).type, 'ran')
  t.is((await call(plainSchedule(), 'if-missed')).type, 'not-due')
})

test('schedule run: delayed, it waits for the jitter, and for nothing when it comes late', async (t) => {
  const schedule = plainSchedule({jitterMs: 3_600_000})
  const {call, slept, now, place} = await desk(t, '2026-11-03 01:00')
  await openState(place, schedule)
  now.ms = msOf('2026-11-03 02:00')
  t.is((await call(schedule, 'delayed')).type, 'ran')
  t.is(slept.length, 1)
  t.true(slept[0] > 0 && slept[0] < 3_600_000)
  now.ms = msOf('2026-11-04 09:00')
  t.is((await call(schedule, 'delayed')).type, 'ran')
  t.is(slept.length, 1)
})

test('schedule run: what is put off by the battery or the network does not count as run, and says why', async (t) => {
  const files = {'/sys/class/power_supply/BAT0/type': 'Battery', '/sys/class/power_supply/BAT0/status': 'Discharging'}
  const {call, runs, now, place} = await desk(t, '2026-11-03 01:00', {files, programs: {nmcli: 'Café\n'}})
  const onAc = plainSchedule({onlyOnAc: true})
  await openState(place, onAc)
  now.ms = msOf('2026-11-03 02:00')
  t.deepEqual(await call(onAc), {type: 'put-off', reason: 'the machine runs on battery'})
  t.like(await peekState(place, onAc), {putOff: {reason: 'the machine runs on battery', sinceMs: now.ms}})
  const since = now.ms
  now.ms += 3_600_000
  const atHome = await call(plainSchedule({onlyOnNetworks: ['Home']}), 'if-missed')
  t.regex(atHome.type === 'put-off' ? atHome.reason : '', /the networks are Café.*, and not Home/)
  t.is((await peekState(place, onAc))?.putOff?.sinceMs, since)
  t.is(runs.length, 0)
  t.is((await call(plainSchedule({onlyOnNetworks: ['Home', 'Café']}), 'if-missed')).type, 'ran')
  t.is((await peekState(place, onAc))?.putOff, undefined)
})

test('schedule run: one that found another at work does not count', async (t) => {
  const {call, now, place} = await desk(t, '2026-11-03 01:00')
  await openState(place, plainSchedule())
  now.ms = msOf('2026-11-03 02:10')
  await call(plainSchedule(), 'if-missed', () => Promise.resolve('busy'))
  t.is((await peekState(place, plainSchedule()))?.lastStartMs, undefined)
  t.is((await call(plainSchedule(), 'if-missed')).type, 'ran')
})

test('schedule run: the run is told by a signal when its longest time is over', async (t) => {
  const {call} = await desk(t, '2026-11-03 02:00')
  let reason: unknown
  await call(plainSchedule({longestMs: 50}), 'now', async (signal) => {
    // The timer of a signal keeps no process from ending.
    const awake = setInterval(() => undefined, 10)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    clearInterval(awake)
    reason = signal.reason
    return 'timed-out'
  })
  t.true(reason instanceof Error && reason.name === 'TimeoutError')
})

test('schedule run: one that fails is noted as such, and what it throws is thrown', async (t) => {
  const {call, place} = await desk(t, '2026-11-03 02:00')
  const failing = (): Promise<RunStatus> => Promise.reject(new PocketError('connection-failed', 'no network'))
  await t.throwsAsync(() => call(plainSchedule(), 'now', failing), {message: 'no network'})
  t.like(await peekState(place, plainSchedule()), {lastStatus: 'failed'})
})

test('schedule run: one that was killed, or interrupted, is due again, three times at most', async (t) => {
  const {call, place, now, runs} = await desk(t, '2026-11-03 01:00')
  const schedule = plainSchedule()
  await openState(place, schedule)
  now.ms = msOf('2026-11-03 02:10')
  // As the process of a run that was killed leaves it.
  const killed = {...ownIdentity(), pid: 2 ** 22 + 1}
  await keep(place, schedule, {...(await openState(place, schedule)), lastStartMs: msOf('2026-11-03 02:00'), process: killed})
  for (const _ of [1, 2]) t.is((await call(schedule, 'if-missed', () => Promise.resolve('interrupted'))).type, 'ran')
  t.is((await call(schedule, 'if-missed', () => Promise.resolve('interrupted'))).type, 'not-due')
  t.is(runs.length, 2)
  now.ms = msOf('2026-11-04 02:00')
  t.is((await call(schedule, 'if-due')).type, 'ran')
  t.is((await peekState(place, schedule))?.deaths, 3)
  await call(schedule)
  t.is((await peekState(place, schedule))?.deaths, 0)
})

test('schedule run: one that is alive is not taken for dead', async (t) => {
  const {place, now} = await desk(t, '2026-11-03 02:10')
  const state = {firstKnownMs: 0, lastStartMs: now.ms, startBeforeMs: 1, process: ownIdentity()}
  t.is(historyOf(state).lastStartMs, now.ms)
  t.is(historyOf({...state, process: {...ownIdentity(), pid: 2 ** 22 + 1}}).lastStartMs, 1)
  t.is(historyOf({...state, process: {...ownIdentity(), boot: '', host: 'another', namespace: 'x'}}).lastStartMs, now.ms)
  t.is(await peekState(place, plainSchedule()), undefined)
})

test('schedule run: what cannot be noted is not run', async (t) => {
  const {call, place, runs} = await desk(t, '2026-11-03 02:00')
  await writeFile(join(place.stateDirectory, 'schedules'), 'in the way')
  await t.throwsAsync(() => call(plainSchedule()))
  t.is(runs.length, 0)
})

test('schedule run: a note that was spoilt is told, and written anew', async (t) => {
  const {call, place, warnings} = await desk(t, '2026-11-03 02:00')
  await call(plainSchedule())
  for (const text of ['', '{', '{"version":1}', '{"version":2,"firstKnownMs":0}', 'null']) {
    await writeFile(join(place.stateDirectory, 'schedules', 'home.json'), text)
    t.is(await peekState(place, plainSchedule()), undefined)
  }
  t.is(warnings.length, 5)
  t.regex(warnings[0], /^what was known of the schedule cannot be read/)
  t.is((await call(plainSchedule())).type, 'ran')
})

test('schedule run: keys of schedules are names of files, and different for different schedules and config files', (t) => {
  t.is(scheduleKey('home', ''), 'home')
  t.regex(scheduleKey('../a b', ''), /^[\w-]+$/)
  const suffix = keySuffix('/etc/pocket.toml', '/home/ada/.config/pocket/config.toml')
  const keys = ['a b', 'a_b', 'a/b', 'a.b'].flatMap((name) => [scheduleKey(name, ''), scheduleKey(name, suffix)])
  t.is(new Set(keys).size, 8)
  t.is(keySuffix('/a', '/a'), '')
})
