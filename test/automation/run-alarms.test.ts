import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {cpSync, rmSync, writeFileSync} from 'node:fs'
import {type AddressInfo, createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {type ErrorCode, PocketError} from '../../src/errors.js'
import type {AlarmSettings} from '../../src/automation/profile.js'
import type {RunRequest} from '../../src/automation/run-types.js'
import {checkSilence, deliverPending} from '../../src/automation/tend-alarms.js'
import {readEvents} from '../../src/journal/read-runs.js'
import type {RunState} from '../../src/journal/run-words.js'
import {freezeClock} from '../../src/util/clock.js'
import {openLocalBackend} from '../../src/backend/local.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {startWebServer, type WebServer} from '../alarm/web-server.js'
import {createRunPlace, hooksOf, NO_ALARMS, type RunPlace} from './run-fixture.js'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
const PROGRAM = fileURLToPath(new URL('./killed-run.js', import.meta.url))
const SENDING = {attempts: 2, pauseMs: 1, timeoutMs: 2000}

/** The clock of this process is turned by some tests: they run one after the other. */
test.afterEach.always(() => freezeClock(undefined))

function setClock(atMs: number): void {
  freezeClock(BigInt(atMs) * 1_000_000n)
}

function webhook({url}: WebServer, changes: Partial<AlarmSettings> = {}): AlarmSettings {
  return {...NO_ALARMS, channels: [{type: 'webhook', url: {type: 'value', value: `${url}/hook/secret-token`}}], ...changes}
}

const refused: Partial<RunRequest> = {
  sending: SENDING,
  withRepository: () => Promise.reject(new PocketError('credentials-refused', 'the server refuses the credentials', {hint: 'renew them'})),
}

const occasions = ({asked}: WebServer): string[] => asked.map(({body}) => (JSON.parse(body) as {occasion: string}).occasion)

test.serial('alarms: an expired credential is told once and not every minute, again after the time set, and its end once', async (t) => {
  const web = await startWebServer(t)
  const place = await createRunPlace(t, {alarms: webhook(web, {repeatMs: DAY_MS})})
  const start = Date.parse('2026-03-01T00:00:00Z')
  for (let minute = 0; minute < 5; minute++) {
    setClock(start + minute * 60_000)
    t.is((await place.run(refused)).status, 'failed')
  }
  t.deepEqual(occasions(web), ['failure'])
  const told = JSON.parse(web.asked[0].body) as Record<string, string>
  t.like(told, {profile: 'home', code: 'credentials-refused', status: 'failed'})
  t.true(told.text.includes('the server refuses the credentials') && told.text.includes('renew them'), told.text)
  setClock(start + DAY_MS + 60_000)
  await place.run(refused)
  t.deepEqual(occasions(web), ['failure', 'failure'])
  setClock(start + DAY_MS + 120_000)
  t.is((await place.run({sending: SENDING})).status, 'succeeded')
  await place.run({sending: SENDING})
  t.deepEqual(occasions(web), ['failure', 'failure', 'recovery'])
})

for (const code of ['credentials-refused', 'connection-failed'] satisfies ErrorCode[]) {
  test.serial(`alarms: ${code} from any call on: the journal says so, it is told once, and the next run mends it`, async (t) => {
    const web = await startWebServer(t)
    const place = await createRunPlace(t, {
      alarms: webhook(web),
      retention: {policy: {last: 1}, keepBytes: undefined, grouping: undefined},
      prune: {everyMs: 0, graceMs: 0},
      check: {everyMs: 0, maxAgeMs: 0, maxDurationMs: 60_000},
    })
    const error = new PocketError(code, 'the server does not let us', {retryable: code === 'connection-failed'})
    const run = async (limit: number): Promise<boolean> => {
      writeFileSync(join(place.source, 'file'), `${Math.random()}`)
      const withRepository = refusing(place, {error, limit})
      const {status} = await place.run({withRepository, sending: SENDING})
      if (limit === Number.POSITIVE_INFINITY) t.is(status, 'succeeded')
      return status === 'succeeded'
    }
    setClock(Date.parse('2026-03-01T00:00:00Z'))
    await run(Number.POSITIVE_INFINITY)
    const pristine = join(place.folder, 'pristine')
    for (const path of [place.location, place.cacheDirectory]) cpSync(path, join(pristine, path), {recursive: true})
    const stepsThatFailed = new Set<string>()
    for (let call = 1, isWhole = false; !isWhole; call += 3) {
      web.asked = []
      for (const path of [place.location, place.cacheDirectory]) {
        rmSync(path, {recursive: true})
        cpSync(join(pristine, path), path, {recursive: true})
      }
      const start = Date.parse('2026-03-01T00:00:00Z') + call * DAY_MS
      for (let minute = 0; minute < 3 && !isWhole; minute++) {
        setClock(start + minute * 60_000)
        isWhole = await run(minute === 0 ? call : 2)
        if (isWhole) continue
        const [{state, end}] = place.runs()
        t.is(state, 'failed')
        t.is(end!.error!.code, code)
        t.is(
          end!.snapshot?.id !== undefined,
          end!.steps.some(({step, outcome}) => step === 'snapshot' && outcome === 'done'),
        )
        stepsThatFailed.add(end!.steps.find(({outcome}) => outcome === 'failed')?.step ?? 'repository')
      }
      if (isWhole) break
      t.deepEqual(occasions(web), ['failure'], `from call ${call} on`)
      setClock(start + 10 * 60_000)
      await run(Number.POSITIVE_INFINITY)
      t.deepEqual(occasions(web), ['failure', 'recovery'], `from call ${call} on`)
    }
    t.deepEqual([...stepsThatFailed].sort(), ['check', 'forget', 'prune', 'repository', 'snapshot'])
  })
}

/** Opens the repository on a backend that refuses every call after so many, for good. */
function refusing(place: RunPlace, {error, limit}: {error: PocketError; limit: number}): RunRequest['withRepository'] {
  let count = 0
  const ask = (): void => {
    if (++count > limit) throw error
  }
  return async (use, {onWarning = () => undefined}) => {
    const local = openLocalBackend(place.location)
    const backend = wrapBackend(local, {
      put: async (...words) => (ask(), local.put(...words)),
      get: async (...words) => (ask(), local.get(...words)),
      stat: async (...words) => (ask(), local.stat(...words)),
      remove: async (...words) => (ask(), local.remove(...words)),
      async *list(prefix) {
        ask()
        yield* local.list(prefix)
      },
    })
    const repository = await openRepositoryOn(backend, {
      secret: () => Promise.resolve(place.secret),
      cacheDirectory: place.cacheDirectory,
      onWarning,
    })
    try {
      return await use(repository)
    } finally {
      await repository.close()
    }
  }
}

test.serial('alarms: what fails, is well and fails again within the hour is told once', async (t) => {
  const web = await startWebServer(t)
  const place = await createRunPlace(t, {alarms: webhook(web)})
  const start = Date.parse('2026-03-01T00:00:00Z')
  for (let minute = 0; minute < 10; minute++) {
    setClock(start + minute * 60_000)
    await place.run(minute % 2 === 0 ? refused : {sending: SENDING})
  }
  t.deepEqual(occasions(web), ['failure', 'recovery'])
  setClock(start + 2 * HOUR_MS)
  await place.run(refused)
  t.deepEqual(occasions(web), ['failure', 'recovery', 'failure'])
})

test.serial(
  'alarms: without a network what is to be told waits, is told once there is one, and other channels hear of it at once',
  async (t) => {
    const web = await startWebServer(t)
    const place = await createRunPlace(t)
    const file = join(place.folder, 'told')
    const gone = {type: 'webhook', url: {type: 'value', value: 'http://127.0.0.1:9/hook/secret-token'}} as const
    const alarms: AlarmSettings = {
      ...NO_ALARMS,
      channels: [gone, {type: 'command', command: `cat >> '${file}'; echo "$POCKET_ALARM_CODE" >> '${file}'`}],
    }
    const profile = {...place.profile, alarms}
    const warnings: string[] = []
    await place.run({...refused, profile, onWarning: ({message}) => warnings.push(message)})
    await place.run({...refused, profile})
    t.is(execFileSync('grep', ['-c', 'pocket_alarm', file], {encoding: 'utf8'}).trim(), '1')
    t.true(
      warnings.some((message) => message.includes("'http://127.0.0.1:9' cannot be reached")),
      warnings.join(),
    )
    t.false(JSON.stringify([place.events(), warnings]).includes('secret-token'))
    const mended = {...profile, alarms: {...alarms, channels: [...webhook(web).channels, alarms.channels[1]]}}
    await deliverPending([mended], {stateDirectory: place.stateDirectory, sending: SENDING})
    await deliverPending([mended], {stateDirectory: place.stateDirectory, sending: SENDING})
    t.deepEqual(occasions(web), ['failure'])
  },
)

test.serial('alarms: pings tell of start, success and failure, by the id of the run and with its log', async (t) => {
  const web = await startWebServer(t)
  const place = await createRunPlace(t, {
    alarms: {...NO_ALARMS, on: [], channels: [{type: 'ping', url: {type: 'value', value: `${web.url}/ping/uuid`}}]},
  })
  const {id} = await place.run({sending: SENDING})
  await place.run({sending: SENDING, profile: {...place.profile, hooks: hooksOf({before: 'echo the reason; false'})}})
  const paths = web.asked.map(({path}) => path.replace(/rid=.*/, 'rid'))
  t.deepEqual(paths, ['/ping/uuid/start?rid', '/ping/uuid?rid', '/ping/uuid/start?rid', '/ping/uuid/fail?rid'])
  t.is(web.asked[1].path, `/ping/uuid?rid=${id}`)
  t.true(web.asked[3].body.includes('hook before| the reason'), web.asked[3].body)
})

test.serial('alarms: silence is told when nothing has succeeded for so long, once, and its end', async (t) => {
  const web = await startWebServer(t)
  const place = await createRunPlace(t, {alarms: webhook(web, {silenceMs: 2 * DAY_MS, repeatMs: 7 * DAY_MS})})
  const start = Date.parse('2026-03-01T00:00:00Z')
  const look = (atMs: number): Promise<void> => {
    setClock(atMs)
    return checkSilence([place.profile], {stateDirectory: place.stateDirectory, sending: SENDING})
  }
  await look(start)
  await look(start + DAY_MS)
  t.deepEqual(occasions(web), [])
  for (let minute = 0; minute < 3; minute++) await look(start + 2 * DAY_MS + (minute + 1) * 60_000)
  t.deepEqual(occasions(web), ['silence'])
  await place.run({sending: SENDING})
  t.deepEqual(occasions(web), ['silence', 'recovery'])
  await look(start + 5 * DAY_MS)
  t.deepEqual(occasions(web), ['silence', 'recovery', 'silence'])
})

/** The state that the journal tells of a run that was killed in this phase. */
const PHASES: [phase: string, state: RunState][] = [
  ['before', 'killed'],
  ['opening', 'killed'],
  ['snapshot', 'killed'],
  ['after', 'killed'],
  ['drill', 'killed'],
  ['alarms', 'succeeded'],
]

for (const [phase, expected] of PHASES) {
  test.serial(
    `alarms: a run that is killed in its phase '${phase}' is ${expected} in the journal; what is to be told is told once`,
    async (t) => {
      const web = await startWebServer(t)
      const place = await createRunPlace(t, {alarms: webhook(web)})
      const deaf = createServer((socket) => sockets.push(socket))
      const sockets: Socket[] = []
      await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
      t.teardown(() => {
        for (const socket of sockets) socket.destroy()
        deaf.close()
      })
      const {port} = deaf.address() as AddressInfo
      const words = [PROGRAM, place.source, place.stateDirectory, phase, `http://127.0.0.1:${port}/`]
      const child = spawn(process.execPath, words, {stdio: ['ignore', 'pipe', 'inherit'], detached: true})
      t.teardown(() => endGroup(child.pid!))
      await until(() => isAt(phase, {place, sockets}))
      t.is(place.runs()[0].state, phase === 'alarms' ? 'succeeded' : 'running')
      child.kill('SIGKILL')
      await once(child, 'exit')
      t.is(place.runs()[0].state, expected)
      for (let time = 0; time < 3; time++) await checkSilence([place.profile], {stateDirectory: place.stateDirectory, sending: SENDING})
      const isTold = expected === 'killed'
      t.deepEqual(occasions(web), isTold ? ['failure'] : ['success'])
      if (isTold) t.like(JSON.parse(web.asked[0].body), {code: 'killed', run_id: place.runs()[0].id})
      t.is((await place.run({sending: SENDING})).status, 'succeeded')
      await place.run({sending: SENDING})
      // What the killed process was about to tell is told by the next.
      t.deepEqual(occasions(web), isTold ? ['failure', 'recovery'] : ['success'])
    },
  )
}

function isAt(phase: string, {place, sockets}: {place: RunPlace; sockets: readonly Socket[]}): boolean {
  if (phase === 'alarms') return sockets.length > 0
  const [run] = place.runs()
  if (run === undefined) return false
  const events = readEvents(run)
  if (phase === 'before' || phase === 'after') return events.some((event) => event.type === 'hook-begun' && event.hook === phase)
  return phase === 'opening' || events.some((event) => event.type === 'step-begun' && event.step === phase)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** What a killed run leaves: its hook. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
