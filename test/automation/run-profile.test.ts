import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {PocketError} from '../../src/errors.js'
import {takeLock} from '../../src/util/process-lock.js'
import {runLockPath} from '../../src/journal/run-record.js'
import {writeRandom} from '../operations/content.js'
import {listSnapshots, takeSnapshot} from '../../src/index.js'
import type {AlarmSettings, Profile} from '../../src/automation/profile.js'
import type {RunRequest} from '../../src/automation/run-types.js'
import {freezeClock} from '../../src/util/clock.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {withRepository} from '../operations/repository-place.js'
import {createRunPlace, hooksOf, NO_ALARMS} from './run-fixture.js'

const DAY_MS = 24 * 60 * 60_000

test('run: snapshot, forget, prune and check are done in this order, and journalled with what they counted', async (t) => {
  const place = await createRunPlace(t, {
    retention: {policy: {last: 1}, keepBytes: undefined, grouping: undefined},
    prune: {everyMs: DAY_MS},
    check: {everyMs: DAY_MS, maxAgeMs: 0, maxDurationMs: 60_000},
  })
  writeFileSync(join(place.source, 'file'), 'one')
  await place.run()
  writeFileSync(join(place.source, 'file'), 'another')
  const outcome = await place.run()
  t.is(outcome.status, 'succeeded')
  const [second, first] = place.runs()
  t.is(second.id, outcome.id)
  t.is(second.state, 'succeeded')
  t.is(second.end!.snapshot!.id, outcome.snapshot!.id)
  t.is(second.end!.snapshot!.changedFiles, 1)
  t.deepEqual(
    first.end!.steps.map(({step, outcome: how}) => [step, how]),
    [
      ['snapshot', 'done'],
      ['forget', 'done'],
      ['prune', 'done'],
      ['check', 'done'],
    ],
  )
  t.deepEqual(
    second.end!.steps.map(({step, outcome: how}) => [step, how]),
    [
      ['snapshot', 'done'],
      ['forget', 'done'],
      ['prune', 'not-due'],
      ['check', 'not-due'],
    ],
  )
  const forgotten = place.events().find((event) => event.type === 'step-ended' && event.step === 'forget')
  t.like(forgotten, {counts: {forgotten: 1, kept: 1}})
  t.is(statSync(second.path).mode & 0o777, 0o600)
  t.is(statSync(join(place.stateDirectory, 'runs', 'home')).mode & 0o777, 0o700)
})

test('run: hooks run in their order, and are told of the run and of the snapshot', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'log')
  const log = `echo "$POCKET_HOOK $POCKET_PROFILE_NAME $POCKET_STATUS \${POCKET_SNAPSHOT_ID:-none}" >> '${file}'`
  const hooks = hooksOf({before: log, after: log, onFailure: log, finally: log})
  const {snapshot} = await place.run({profile: {...place.profile, hooks}})
  t.deepEqual(readFileSync(file, 'utf8').trim().split('\n'), [
    'before home running none',
    `after home succeeded ${snapshot!.id}`,
    `finally home succeeded ${snapshot!.id}`,
  ])
})

test('run: when a hook before it fails nothing is snapshotted, and on-failure and finally run', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'log')
  const hooks = hooksOf({
    before: 'echo out; echo problem >&2; exit 7',
    after: `echo after >> '${file}'`,
    onFailure: `echo "failure $POCKET_ERROR_CODE" >> '${file}'`,
    finally: `echo "finally $POCKET_STATUS" >> '${file}'`,
  })
  const outcome = await place.run({profile: {...place.profile, hooks}})
  t.is(outcome.status, 'failed')
  t.is(outcome.error!.code, 'hook-failed')
  t.is(outcome.snapshot, undefined)
  t.is(readFileSync(file, 'utf8'), 'failure hook-failed\nfinally failed\n')
  t.deepEqual(
    place.events().flatMap((event) => (event.type === 'output' ? [event.line] : [])),
    ['out', 'problem'],
  )
})

test('run: a maintenance step that fails is recorded and told once to on-failure, and the snapshot stays', async (t) => {
  const place = await createRunPlace(t, {
    retention: {policy: {ids: ['abcdef']}, keepBytes: undefined, grouping: undefined},
    check: {everyMs: DAY_MS, maxAgeMs: undefined, maxDurationMs: 1000},
  })
  const file = join(place.folder, 'log')
  writeRandom(join(place.source, 'file'), 1, 1000)
  const outcome = await place.run({profile: {...place.profile, hooks: hooksOf({onFailure: `echo once >> '${file}'`})}})
  t.is(outcome.status, 'failed')
  t.is(outcome.error!.code, 'snapshot-missing')
  const [{end}] = place.runs()
  t.is(end!.snapshot!.id, outcome.snapshot!.id)
  t.deepEqual(
    end!.steps.map((step) => step.outcome),
    ['done', 'failed', 'done'],
  )
  t.is(readFileSync(file, 'utf8'), 'once\n')
})

test('run: never two of one profile at once: by hand it is refused, a schedule finds it busy', async (t) => {
  const place = await createRunPlace(t)
  const lock = takeLock(runLockPath(place.stateDirectory, 'home'), 'another')
  if (!('holder' in lock)) throw new Error('the lock is taken')
  await t.throwsAsync(place.run({trigger: 'manual'}), {instanceOf: PocketError, code: 'profile-busy'})
  t.is((await place.run()).status, 'busy')
  t.is(place.runs()[0].state, 'busy')
  lock.release()
  t.is((await place.run({trigger: 'manual'})).status, 'succeeded')
})

test('run: a repository that cannot be reached fails the run, and the next one mends it', async (t) => {
  const place = await createRunPlace(t, {prune: {everyMs: DAY_MS}})
  const withRepository = () => Promise.reject(new PocketError('connection-failed', 'cannot reach it', {retryable: true}))
  const outcome = await place.run({withRepository})
  t.is(outcome.status, 'failed')
  t.is(place.runs()[0].end!.error!.code, 'connection-failed')
  t.is((await place.run()).status, 'succeeded')
})

test('run: forgets only snapshots of its own host and of exactly its paths, and never the last', async (t) => {
  const place = await createRunPlace(t)
  const folders = ['one', 'two'].map((name) => join(place.source, name))
  for (const folder of folders) mkdirSync(folder)
  const retention = {policy: {last: 1}, keepBytes: undefined, grouping: {host: false, paths: false, tags: false}}
  const of = (paths: readonly string[], changes: Partial<Profile> = {}) => ({profile: {...place.profile, paths, ...changes}})
  await place.run(of(folders))
  await place.run(of([folders[0]]))
  await place.run(of([folders[0]], {host: 'another'}))
  await place.run(of([folders[0]], {retention}))
  const left = (): Promise<string[]> =>
    withRepository(place, async (repository) =>
      (await listSnapshots(repository)).map(({host, paths}) => `${host === 'another' ? host : ''} ${paths.length}`),
    )
  t.deepEqual(await left(), [' 2', 'another 1', ' 1'])
  const none = {...retention, policy: {tags: ['none']}}
  const warnings: string[] = []
  const {status} = await place.run({...of([folders[0]], {retention: none}), onWarning: ({message}) => warnings.push(message)})
  t.is(status, 'succeeded')
  t.deepEqual(await left(), [' 2', 'another 1', ' 1', ' 1'])
  t.true(
    warnings.some((message) => message.includes('would forget every snapshot')),
    warnings.join(),
  )
})

test.serial('run: damage that a check finds is told, looked for in each run, and over when it is mended', async (t) => {
  const file = join(temporaryFolder(t), 'told')
  const alarms: AlarmSettings = {
    ...NO_ALARMS,
    channels: [{type: 'command', command: `echo "$POCKET_ALARM_OCCASION $POCKET_ALARM_CODE" >> '${file}'`}],
  }
  const place = await createRunPlace(t, {alarms, check: {everyMs: DAY_MS, maxAgeMs: undefined, maxDurationMs: 1000}})
  writeRandom(join(place.source, 'file'), 1, 100_000)
  await place.run()
  const pack = readdirSync(join(place.location, 'chunks'), {recursive: true, encoding: 'utf8'})
    .map((name) => join(place.location, 'chunks', name))
    .filter((path) => statSync(path).isFile())
    .sort((a, b) => statSync(b).size - statSync(a).size)[0]
  const content = readFileSync(pack)
  rmSync(pack)
  const onWarning = (): void => undefined
  const steps = new Set(['check'] as const)
  freezeClock(BigInt(Date.now() + 2 * DAY_MS) * 1_000_000n)
  t.teardown(() => freezeClock(undefined))
  for (let time = 0; time < 2; time++) {
    t.is((await place.run({steps, onWarning})).status, 'damaged')
    t.deepEqual(
      place.runs()[0].end!.steps.map(({outcome}) => outcome),
      ['damaged'],
    )
  }
  writeFileSync(pack, content)
  t.is((await place.run({steps, onWarning})).status, 'succeeded')
  t.is(readFileSync(file, 'utf8'), 'failure damaged\nrecovery damaged\n')
})

test('run: files that cannot be read make it incomplete, which is told once, and no failure', async (t) => {
  const place = await createRunPlace(t)
  const snapshot: RunRequest['snapshot'] = async (repository, options) => ({...(await takeSnapshot(repository, options)), unreadable: 2})
  const file = join(place.folder, 'told')
  const alarms: AlarmSettings = {
    ...NO_ALARMS,
    channels: [{type: 'command', command: `echo "$POCKET_ALARM_CODE $POCKET_ALARM_TITLE" >> '${file}'`}],
  }
  const profile = {...place.profile, alarms}
  for (let time = 0; time < 2; time++) t.is((await place.run({snapshot, profile})).status, 'incomplete')
  const [told, ...more] = readFileSync(file, 'utf8').trim().split('\n')
  t.regex(told, /^source-unreadable home on .* failed: 2 files could not be read$/)
  t.deepEqual(more, [])
  await place.run({profile})
  t.regex(readFileSync(file, 'utf8'), /source-unreadable home on .* is well again$/m)
})
