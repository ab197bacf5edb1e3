import {type ChildProcess, spawn} from 'node:child_process'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {exists} from '../../src/util/exists.js'
import {until} from '../machine/own-room.js'
import {createHome, errorOf, type Home, type JsonObject, type Outcome, parseLines, PROGRAM, type RunOptions} from './run-pocket.js'

const PASSWORD = 'correct horse battery staple'

interface Scheduled extends Home {
  configPath: string
  environment: Record<string, string>
  config: () => Promise<string>
}

/**
 * A home with a repository and a profile `home`, on a machine without any program: whatever starts things by itself on the machine of the test is
 * not to be touched.
 */
async function scheduledHome(t: ExecutionContext, lines = ''): Promise<Scheduled> {
  const home = await createHome(t)
  const [repository, passwordFile] = [join(home.path, 'repository'), join(home.path, 'password')]
  const configPath = join(home.path, '.config/pocket/config.toml')
  await mkdir(join(home.path, 'documents'))
  await mkdir(join(home.path, '.config/pocket'), {recursive: true})
  await writeFile(join(home.path, 'documents', 'letter'), 'dear')
  await writeFile(passwordFile, `${PASSWORD}\n`)
  const environment = {PATH: join(home.path, 'no-programs'), POCKET_STATE_DIRECTORY: join(home.path, 'state')}
  await home.succeed(['init', '--repository', repository, '--password-file', passwordFile, '--quiet'])
  const config = `# Mine.\n[repository]\nlocation = "${repository}"\npassword_file = "${passwordFile}"\n\n[profiles.home]\npaths = ["${home.path}/documents"]\n${lines}`
  await writeFile(configPath, config)
  const withEnvironment = (options: RunOptions = {}): RunOptions => ({...options, environment: {...environment, ...options.environment}})
  return {
    ...home,
    run: (words, options) => home.run(words, withEnvironment(options)),
    succeed: (words, options) => home.succeed(words, withEnvironment(options)),
    json: (words, options) => home.json(words, withEnvironment(options)),
    configPath,
    environment,
    config: () => readFile(configPath, 'utf8'),
  }
}

test('schedule add: it is written into the config file, and on a machine that starts nothing the agent is named', async (t) => {
  const home = await scheduledHome(t)
  const before = await home.config()
  const words = [
    'schedule',
    'add',
    '0 2 * * *',
    '-P',
    'home',
    '--jitter',
    '10m',
    '--no-catch-up',
    '--only-on-ac',
    '--only-on-network',
    'Home',
    '--longest',
    '4h',
  ]
  const {stdout, stderr} = await home.succeed(words)
  t.regex(stdout, /home +home +snapshot +cron 0 2 \* \* \* +\S+ \S+ +never +not installed/)
  t.regex(stderr, /'pocket agent' runs schedules/)
  const table = `\n[profiles.home.schedule]\ncron = "0 2 * * *"\njitter = "10m"\ncatch_up = false\nonly_on_ac = true\nonly_on_networks = ["Home"]\nlongest = "4h"\n`
  t.is(await home.config(), before + table)
  const {stdout: removed} = await home.succeed(['schedule', 'remove', 'home'])
  t.is(removed, "schedule 'home' was taken out of the config file\n")
  t.is(await home.config(), before)
})

test('schedule add --json, list --json, remove --json: as documented', async (t) => {
  const home = await scheduledHome(t)
  const [added] = await home.json(['schedule', 'add', '--daily-at', '12:00', '--task', 'drill', '--name', 'proof'])
  const expected = {
    name: 'proof',
    profile: 'home',
    task: 'drill',
    trigger: 'daily at 12:00',
    last_start: null,
    last_end: null,
    last_status: null,
    put_off: null,
    installed_in: null,
  }
  const {next_run: next, ...schedule} = added.schedules[0]
  t.deepEqual({...added, schedules: [schedule]}, {schema: 1, type: 'schedules', schedules: [expected], strays: []})
  t.is(new Date(next).getTime() % 1000, 0)
  t.deepEqual(await home.json(['schedule', 'list']), [added])
  t.deepEqual(await home.json(['schedule', 'remove', 'proof']), [
    {schema: 1, type: 'schedule_removed', name: 'proof', was_installed: false, was_configured: true},
  ])
  t.deepEqual((await home.json(['schedule', 'list']))[0].schedules, [])
  t.regex((await home.succeed(['schedule'])).stdout, /no schedules/)
})

const REFUSED: [words: string[], message: RegExp][] = [
  [['add', '0 25 * * *'], /'25' is no hour/],
  [['add', '0 2 30 2 *'], /is never/],
  [['add', '--every', '1s'], /'1s' is too short/],
  [['add', '0 2 * * *', '--every', '1h'], /several settings say when to run/],
  [['add'], /profile 'home' has no schedule yet/],
  [['add', '--every', '1h', '--name', '../x'], /'..\/x' cannot be the name of a schedule/],
  [['add', '--every', '1h', '--jitter', 'soon'], /'soon' is no span of time/],
  [['add', '--every', '1h', '-P', 'photos'], /there is no profile 'photos'/],
  [['run', 'hom'], /there is no schedule 'hom'/],
  [['remove', 'home'], /there is no schedule 'home'/],
  [['logs', 'home'], /there is no schedule 'home'/],
]

for (const [words, message] of REFUSED) {
  test(`schedule ${words.join(' ')}: is refused, and the config file stays`, async (t) => {
    const home = await scheduledHome(t)
    const before = await home.config()
    const outcome = await home.run(['schedule', ...words, '--json'])
    t.is(outcome.code, 2)
    t.like(errorOf(outcome), {code: 'usage'})
    t.regex(errorOf(outcome).message, message)
    t.is(await home.config(), before)
  })
}

test('schedule add: a name that is taken is refused, whichever profile has it', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.photos]\npaths = ["/"]\n')
  await home.succeed(['schedule', 'add', '--every', '1h', '-P', 'home'])
  const outcome = await home.run(['schedule', 'add', '--every', '1h', '-P', 'photos', '--name', 'home', '--json'])
  t.is(errorOf(outcome).message, "there is a schedule 'home' already, of profile 'home'")
})

test('schedule add: a password that only this shell has is refused, and shown nowhere', async (t) => {
  const home = await scheduledHome(t)
  await writeFile(home.configPath, (await home.config()).replace(/password_file.*\n/, ''))
  for (const [variable, value] of [
    ['POCKET_PASSWORD', PASSWORD],
    ['POCKET_PASSWORD_FILE', join(home.path, 'password')],
  ]) {
    const outcome = await home.run(['schedule', 'add', '--every', '1h'], {environment: {[variable]: value}})
    t.is(outcome.code, 2)
    t.regex(outcome.stderr, new RegExp(`opened by ${variable}, which what runs by itself does not have`))
    t.regex(outcome.stderr, /hint: write password_file, password_command or key_file/)
    t.false(`${outcome.stdout}${outcome.stderr}${await home.config()}`.includes(PASSWORD))
  }
  const {stderr} = await home.succeed(['schedule', 'add', '--every', '1h'])
  t.regex(stderr, /nothing in .* says what opens the repository/)
})

test('schedule add: schedules that were written by hand are installed as they are', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "15m" # often\n')
  const before = await home.config()
  t.regex((await home.succeed(['schedule', 'add'])).stdout, /every 15 minutes/)
  t.is(await home.config(), before)
})

test('schedule run: does what the schedule is for, and what came of it is listed and in the logs', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "1h"\n')
  const [ran] = await home.json(['schedule', 'run', 'home'])
  t.like(ran, {type: 'schedule_run', name: 'home', profile: 'home', task: 'snapshot', outcome: 'ran', status: 'succeeded', reason: null})
  t.is((await home.json(['list']))[0].snapshots[0].snapshot_id ?? ran.snapshot_id, ran.snapshot_id)
  t.deepEqual(Object.keys(ran).sort(), [
    'name',
    'next_run',
    'outcome',
    'profile',
    'reason',
    'run_id',
    'schema',
    'snapshot_id',
    'status',
    'task',
    'type',
  ])
  const [{schedules}] = await home.json(['schedule', 'list'])
  t.like(schedules[0], {last_status: 'succeeded', put_off: null})
  const [notDue] = await home.json(['schedule', 'run', 'home', '--if-due'])
  t.like(notDue, {outcome: 'not-due', status: null, next_run: schedules[0].next_run})
  const [{runs}] = await home.json(['schedule', 'logs', 'home'])
  t.deepEqual(
    runs.map((run: JsonObject) => [run.id, run.schedule, run.status]),
    [[ran.run_id, 'home', 'succeeded']],
  )
  t.true(runs[0].events.length > 0)
  const {stdout: logs} = await home.succeed(['schedule', 'logs', 'home', '--lines', '3'])
  t.is(logs.trimEnd().split('\n').length, 3)
})

test('schedule run --quiet: says nothing when all is well, for cron mails what is said', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "1h"\n')
  const {stdout, stderr} = await home.succeed(['schedule', 'run', 'home', '--quiet'])
  t.is(stdout + stderr, '')
})

test('schedule run: ends with the code of what failed', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "1h"\n')
  await writeFile(home.configPath, (await home.config()).replace(/password_file = ".*"/, `password_file = "${home.path}/documents/letter"`))
  const outcome = await home.run(['schedule', 'run', 'home', '--json'])
  t.is(outcome.code, 12)
  t.is(errorOf(outcome).code, 'wrong-password')
  t.is((await home.json(['schedule', 'list']))[0].schedules[0].last_status, 'failed')
})

test('schedule run: what can be noted nowhere runs all the same when its time has come, and is told', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "1h"\n')
  await rm(join(home.path, 'state/schedules'), {recursive: true, force: true})
  await mkdir(join(home.path, 'state'), {recursive: true})
  await writeFile(join(home.path, 'state/schedules'), 'no folder')
  const outcome = await home.run(['schedule', 'run', 'home'])
  t.is(outcome.code, 0, outcome.stderr)
  t.regex(outcome.stderr, /this run is noted nowhere: cannot (read|write)/)
  t.is((await home.json(['list']))[0].snapshots.length, 1)
  // One of many calls would be made again and again.
  t.is((await home.run(['schedule', 'run', 'home', '--if-due'])).code, 1)
})

test('schedule run: what conditions put off ends with 0, and says so', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "1h"\nonly_on_networks = ["No such network"]\n')
  const {stdout} = await home.succeed(['schedule', 'run', 'home'])
  t.regex(stdout, /^schedule 'home' of profile 'home': put off, because /)
  t.regex((await home.succeed(['schedule', 'list'])).stdout, /\nhome is put off since .*: /)
  t.is((await home.json(['schedule', 'list']))[0].schedules[0].last_start, null)
})

test('schedule tick: makes up for what was missed, once, and ends with 1 when that fails', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\ndaily_at = "00:00"\n')
  await home.succeed(['schedule', 'add'])
  const statePath = join(home.path, 'state/schedules/home.json')
  const threeDaysAgo = Date.now() - 3 * 86_400_000
  await writeFile(statePath, JSON.stringify({version: 1, firstKnownMs: threeDaysAgo, trigger: 'daily at 00:00'}))
  t.deepEqual((await home.json(['schedule', 'tick', '--no-runs']))[0].runs, [])
  t.deepEqual((await home.json(['schedule', 'tick']))[0], {schema: 1, type: 'schedule_tick', runs: [{name: 'home', exit_code: 0}]})
  t.deepEqual((await home.json(['schedule', 'tick']))[0].runs, [])
  await writeFile(statePath, JSON.stringify({version: 1, firstKnownMs: threeDaysAgo, trigger: 'daily at 00:00'}))
  await writeFile(join(home.path, 'password'), 'another\n')
  t.is((await home.run(['schedule', 'tick'])).code, 1)
})

interface RunningAgent {
  child: ChildProcess
  events: JsonObject[]
  ended: Promise<Outcome>
}

/** Ends with the test. */
function startAgent(t: ExecutionContext, home: Scheduled): RunningAgent {
  const environment = {...process.env, HOME: home.path, ...home.environment}
  const child = spawn(process.execPath, [PROGRAM, 'agent', '--json'], {env: environment, stdio: ['ignore', 'pipe', 'pipe']})
  t.teardown(() => child.kill('SIGKILL'))
  const events: JsonObject[] = []
  const texts = {stdout: '', stderr: ''}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text
    events.splice(0, events.length, ...parseLines(texts.stdout.slice(0, texts.stdout.lastIndexOf('\n') + 1)))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  const ended = new Promise<Outcome>((resolve) => child.on('close', (code) => resolve({code, ...texts})))
  return {child, events, ended}
}

test('agent: runs what is due, notices what is added meanwhile, and ends with 0 when it is asked to', async (t) => {
  const home = await scheduledHome(t, '\n[profiles.home.schedule]\nevery = "5s"\n')
  const {child, events, ended} = startAgent(t, home)
  const count = (event: string, schedule?: string): number =>
    events.filter((line) => line.event === event && (schedule === undefined || line.schedule === schedule)).length
  await until(() => Promise.resolve(count('run-ended', 'home') >= 1), 'no run has ended')
  t.true(await exists(join(home.path, 'state/schedules/home.json')))
  await home.succeed(['schedule', 'add', '--every', '1h', '--name', 'other'])
  await until(
    () => Promise.resolve(count('run-ended', 'other') >= 1 && count('run-ended', 'home') >= 2),
    'what was added does not run',
    40_000,
  )
  child.kill('SIGTERM')
  const {code, stderr} = await ended
  t.is(code, 0, stderr)
  t.is(events.at(0)?.event, 'began')
  t.is(count('run-began'), count('run-ended'))
  t.true(events.filter(({event}) => event === 'run-ended').every((line) => line.exit_code === 0))
  for (const line of events) t.like(line, {schema: 1, type: 'agent'})
})

test('agent: asked to end, it ends the run under way, which keeps what it has stored and is told as interrupted', async (t) => {
  const home = await scheduledHome(
    t,
    '\n[profiles.home.hooks]\nbefore = ["exec /bin/sleep 60"]\n\n[profiles.home.schedule]\nevery = "1h"\n',
  )
  const {child, events, ended} = startAgent(t, home)
  await until(() => Promise.resolve(events.some(({event}) => event === 'run-began')), 'no run has begun')
  await until(async () => (await home.json(['schedule', 'list']))[0].schedules[0].last_status === 'running', 'the run is not noted')
  child.kill('SIGTERM')
  const {code} = await ended
  t.is(code, 0)
  t.deepEqual(
    events.slice(-2).map(({event}) => event),
    ['ending', 'run-ended'],
  )
  t.is((await home.json(['schedule', 'list']))[0].schedules[0].last_status, 'interrupted')
})
