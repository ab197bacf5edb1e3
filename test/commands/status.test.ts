import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {runProfile} from '../../src/automation/run-profile.js'
import {PocketError} from '../../src/errors.js'
import {readRuns} from '../../src/journal/read-runs.js'
import {startWebServer} from '../alarm/web-server.js'
import {createRunPlace, requestOf, type RunPlace} from '../automation/run-fixture.js'
import {createHome, errorOf, type Home} from './run-pocket.js'

const DAY_MS = 24 * 60 * 60_000
const PROFILE_KEYS = [
  'profile',
  'well',
  'silent',
  'last_success',
  'last_run',
  'running',
  'next_run',
  'prune_due',
  'check_due',
  'troubles',
  'alarms_pending',
  'proven_share',
  'runs',
  'failures',
]

interface StatusPlace {
  place: RunPlace
  home: Home
  options: {environment: Record<string, string>}
}

async function createStatusPlace(t: ExecutionContext, more = ''): Promise<StatusPlace> {
  const place = await createRunPlace(t, {prune: {everyMs: 7 * DAY_MS}})
  const home = await createHome(t)
  const config = join(home.path, 'config.toml')
  writeFileSync(config, `default_profile = "home"\n[profiles.home]\npaths = ["${place.source}"]\n${more}`)
  return {place, home, options: {environment: {POCKET_STATE_DIRECTORY: place.stateDirectory, POCKET_CONFIG: config}}}
}

const refused = () => Promise.reject(new PocketError('credentials-refused', 'the server refuses the credentials'))

test('status: a profile that is well ends with 0, one that has failed with 1, and both are one screen', async (t) => {
  const {place, home, options} = await createStatusPlace(t, 'schedule = {daily_at = "02:00"}\n')
  const never = await home.succeed(['status'], options)
  t.regex(never.stdout, /^home: well\n {2}last success {2}never$/m)
  await place.run()
  const well = await home.succeed(['status'], options)
  t.regex(well.stdout, /^home: well$/m)
  t.regex(well.stdout, /^ {2}last success {2}\d{4}-\d\d-\d\d [\d:]+, \d+ s ago, snapshot [0-9a-f]{8} of 0 B$/m)
  t.regex(well.stdout, /^ {2}next run {6}in \d+ (h|min)$/m)
  t.regex(well.stdout, /^ {2}due {11}prune in 6 d, check now$/m)
  await place.run({withRepository: refused})
  const failed = await home.run(['status', '-P', 'home'], options)
  t.is(failed.code, 1)
  t.regex(failed.stdout, /^home: NOT WELL$/m)
  t.regex(failed.stdout, /^ {2}last run {6}failed, /m)
  t.regex(failed.stdout, /^ {2}error {9}the server refuses the credentials$/m)
  await place.run()
  t.is((await home.run(['status'], options)).code, 0)
})

test('status: JSON has every profile, and metrics are written beside it', async (t) => {
  const {place, home, options} = await createStatusPlace(t)
  const {id} = await place.run()
  const path = join(home.path, 'pocket.prom')
  const [status] = await home.json(['status', '--metrics-file', path], options)
  t.like(status, {schema: 1, type: 'status', well: true})
  t.deepEqual(Object.keys(status.profiles[0]), PROFILE_KEYS)
  t.like(status.profiles[0], {profile: 'home', well: true, silent: false, last_run: {id, status: 'succeeded'}, running: null, runs: 1})
  t.regex(readFileSync(path, 'utf8'), /^pocket_last_success_timestamp_seconds\{profile="home"\} \d+/m)
})

test('status: a run that is under way is shown with its process', async (t) => {
  const {place, home, options} = await createStatusPlace(t)
  let release = (): void => undefined
  const withRepository = () => new Promise<never>((_resolve, reject) => (release = () => reject(new PocketError('interrupted', 'ended'))))
  const running = runProfile(requestOf(place, {...place, withRepository}))
  while ([...readRuns(place.stateDirectory, 'home')].length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const {stdout} = await home.succeed(['status'], options)
  t.regex(stdout, new RegExp(`^ {2}running {7}since \\d+ s, process ${process.pid} on `, 'm'))
  release()
  await running
})

test('status: a test of the alarms goes to every channel, and tells what came of it without secrets', async (t) => {
  const web = await startWebServer(t)
  const {home, options} = await createStatusPlace(
    t,
    `[profiles.home.alarms]\nwebhook = "${web.url}/token-4711"\nping = "${web.url}/uuid-4712"\ncommand = "exit 3"\n`,
  )
  const tested = await home.run(['status', '--test-alarm'], options)
  t.is(tested.code, 1)
  t.deepEqual(tested.stdout.trimEnd().split('\n'), [
    `home: webhook: told ${web.url}`,
    `home: ping: told ${web.url}`,
    'home: command: not delivered: the command for alarms ended with 3',
  ])
  t.deepEqual(web.asked.map(({path}) => path).sort(), ['/token-4711', '/uuid-4712/log'])
  const {stdout} = await home.run(['status', '--test-alarm', '--json'], options)
  t.like(JSON.parse(stdout), {type: 'alarm_test', channels: [{profile: 'home', channel: 'webhook', delivered: true, message: null}]})
})

test('status: without a profile, or without a channel to test, it is an error of usage', async (t) => {
  const home = await createHome(t)
  t.is((await home.run(['status'])).code, 2)
  const {home: other, options} = await createStatusPlace(t)
  const outcome = await other.run(['status', '--test-alarm', '--json'], options)
  t.is(outcome.code, 2)
  t.like(errorOf(outcome), {code: 'usage', message: 'no profile has a channel for alarms'})
})

test('status: docs/scripting.md names every field', (t) => {
  const page = readFileSync(new URL('../../../docs/scripting.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('`pocket status` prints'), page.indexOf('### What a server was asked'))
  for (const key of [...PROFILE_KEYS, 'channels', 'place', 'delivered', 'message']) t.true(section.includes(`\`${key}\``), key)
})
