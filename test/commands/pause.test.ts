import {type ChildProcess, spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {onLinux, standsStill, start, stateFile, until, WHERE_LINUX} from './paused-process.js'
import {createHome, type Home, type Outcome} from './run-pocket.js'

interface Run {
  home: Home
  child: ChildProcess
  outcome: Promise<Outcome>
  source: string
}

/** A snapshot of 24 MiB at 4 MiB a second, of which something is stored by now. */
async function begin(t: ExecutionContext): Promise<Run> {
  const home = await createHome(t)
  const source = join(home.path, 'source')
  await mkdir(source)
  for (let file = 0; file < 48; file++) await writeFile(join(source, `f${file}`), randomBytes(512 * 1024))
  await home.succeed(['init', 'r', '--no-encryption'])
  let child: ChildProcess | undefined
  const outcome = home.run(['snapshot', 'source', '-r', 'r', '--limit-upload', '4M', '--json'], {onStart: (started) => (child = started)})
  if (child === undefined) throw new Error('nothing was started')
  const {pid} = child
  t.teardown(() => child?.kill('SIGKILL'))
  await until(() => existsSync(stateFile(home, `${pid}.json`)))
  await setTimeout(700)
  return {home, child, outcome, source}
}

async function isWhole(t: ExecutionContext, {home, outcome, source}: Run): Promise<void> {
  const {code, stderr} = await outcome
  t.is(code, 0, stderr)
  await home.succeed(['restore', 'latest', '-r', 'r', '--target', 'restored'])
  for (const name of readdirSync(source)) {
    t.true((await readFile(join(source, name))).equals(await readFile(join(home.path, 'restored', name))), name)
  }
  t.deepEqual(readdirSync(stateFile(home, '')), [], 'nothing is left of the run')
}

onLinux(`pause: a snapshot stands still until it is resumed, and is whole then${WHERE_LINUX}`, async (t) => {
  const run = await begin(t)
  const [paused] = await run.home.json(['pause'])
  t.like(paused, {type: 'processes', processes: [{pid: run.child.pid, command: 'snapshot', profile: null, paused: true}]})
  await standsStill(t, run)
  t.is((await run.home.succeed(['resume'])).stdout, `goes on: snapshot, process ${run.child.pid}\n`)
  await isWhole(t, run)
  const lines = (await run.outcome).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as {type: string; paused?: boolean})
  t.true(lines.some(({type, paused: isPaused}) => type === 'progress' && isPaused === true))
})

onLinux(`pause: by SIGUSR1, until SIGUSR2${WHERE_LINUX}`, async (t) => {
  const run = await begin(t)
  run.child.kill('SIGUSR1')
  await standsStill(t, run)
  run.child.kill('SIGUSR2')
  await isWhole(t, run)
  t.notRegex((await run.outcome).stderr, /debugger/i, 'Node has not begun to listen')
})

onLinux(`pause: one with an end goes on by itself${WHERE_LINUX}`, async (t) => {
  const run = await begin(t)
  await run.home.succeed(['pause', String(run.child.pid), '--for', '4s'])
  await standsStill(t, run)
  await isWhole(t, run)
})

onLinux(`pause: what is paused can be interrupted, and ends in order${WHERE_LINUX}`, async (t) => {
  const run = await begin(t)
  // At once: the command takes its time, and nothing would be left to interrupt on a machine that is busy.
  run.child.kill('SIGUSR1')
  await setTimeout(1500)
  run.child.kill('SIGINT')
  t.is((await run.outcome).code, 130)
  await run.home.succeed(['check', '-r', 'r'])
  t.deepEqual(readdirSync(stateFile(run.home, '')), [])
})

onLinux(`pause: the mark of a process that was killed pauses no other${WHERE_LINUX}`, async (t) => {
  const run = await begin(t)
  await run.home.succeed(['pause'])
  await setTimeout(1000)
  run.child.kill('SIGKILL')
  await run.outcome
  const none = await run.home.run(['pause'])
  t.is(none.code, 1)
  t.is(none.stderr, 'nothing runs that could pause\n')
  t.deepEqual(readdirSync(stateFile(run.home, '')), [], 'what it left is swept away')
  // Should another get its number before: the mark is taken off when it begins.
  const program = `
    import {registerProcess} from ${JSON.stringify(new URL('../../src/machine/running-processes.js', import.meta.url).href)}
    import {writeFileSync} from 'node:fs'
    writeFileSync(process.argv[1] + '/processes/' + process.pid + '.paused', '{}')
    process.exitCode = registerProcess(process.argv[1], {command: 'snapshot', profile: undefined}).isPaused() ? 1 : 0`
  const {status} = spawnSync(process.execPath, ['--input-type=module', '-e', program, join(run.home.path, '.local', 'state', 'pocket')])
  t.is(status, 0)
})

test.serial('pause: a state folder that cannot be written keeps no snapshot from being taken', async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, 'source'))
  writeFileSync(join(home.path, 'state'), 'no folder')
  await home.succeed(['init', 'r', '--no-encryption'])
  const {code, stderr} = await home.run(['snapshot', 'source', '-r', 'r'], {
    environment: {POCKET_STATE_DIRECTORY: join(home.path, 'state')},
  })
  t.is(code, 0)
  t.regex(stderr, /warning: cannot note this process/)
})

test.serial('pause: a name that nothing runs under is refused with what does', async (t) => {
  const home = await createHome(t)
  t.is((await home.run(['resume'])).code, 1)
  t.is((await home.run(['pause', 'home'])).code, 1)
  t.is((await home.run(['pause', '--for', 'x'])).code, 2)
})

function snapshots(home: Home, repository: string): number {
  const folder = join(home.path, repository, 'snapshots')
  return existsSync(folder) ? readdirSync(folder).length : 0
}

onLinux(`pause: a watch takes no snapshot, by command or by signal, until it is resumed${WHERE_LINUX}`, async (t) => {
  const home = await createHome(t)
  const source = join(home.path, 'source')
  await mkdir(source)
  await writeFile(join(source, 'a'), 'one')
  await home.succeed(['init', 'r', '--no-encryption'])
  const [config, hooks] = ['config.toml', 'hooks'].map((name) => join(home.path, name))
  await writeFile(
    config,
    `[repository]
location = ${JSON.stringify(join(home.path, 'r'))}
[profiles.home]
paths = [${JSON.stringify(source)}]
[profiles.home.hooks]
before = ${JSON.stringify(`echo begun >> ${hooks}`)}
`,
  )
  const hooksRun = (): number => readFileSync(hooks, 'utf8').split('\n').length - 1
  const {child, outcome} = await start(t, home, ['watch', '-P', 'home', '--config', config, '--quiet-for', '1s'])
  await until(() => snapshots(home, 'r') === 1)
  const [paused] = await home.json(['pause'])
  t.like(paused, {processes: [{pid: child.pid, command: 'watch', profile: 'home', paused: true}]})
  await setTimeout(1000)
  await writeFile(join(source, 'a'), 'two')
  await setTimeout(3000)
  t.is(snapshots(home, 'r'), 1)
  t.is(hooksRun(), 1, 'nothing is begun, either')
  await home.succeed(['resume', 'home'])
  await until(() => snapshots(home, 'r') === 2)

  child.kill('SIGUSR1')
  await setTimeout(200)
  await writeFile(join(source, 'a'), 'three')
  await setTimeout(3000)
  t.is(snapshots(home, 'r'), 2)
  child.kill('SIGINT')
  const {code, stderr} = await outcome
  t.is(code, 0, stderr)
  t.is(snapshots(home, 'r'), 3, 'what has changed is stored when it ends')
  t.notRegex(stderr, /debugger/i)
})

onLinux(`pause: a signal holds where the state folder cannot be written, and ends nothing${WHERE_LINUX}`, async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, 'source'))
  for (let file = 0; file < 24; file++) await writeFile(join(home.path, 'source', `f${file}`), randomBytes(512 * 1024))
  writeFileSync(join(home.path, 'state'), 'no folder')
  await home.succeed(['init', 'r', '--no-encryption'])
  const words = ['snapshot', 'source', '-r', 'r', '--limit-upload', '4M', '--json']
  const {child, outcome} = await start(t, home, words, {POCKET_STATE_DIRECTORY: join(home.path, 'state')})
  let hasBegun = false
  child.stdout?.once('data', () => (hasBegun = true))
  await until(() => hasBegun)
  child.kill('SIGUSR1')
  await standsStill(t, {home, child})
  child.kill('SIGUSR2')
  t.is((await outcome).code, 0)
})

onLinux(`pause: a run that takes longer than it may ends in order while it pauses${WHERE_LINUX}`, async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, 'source'))
  for (let file = 0; file < 48; file++) await writeFile(join(home.path, 'source', `f${file}`), randomBytes(512 * 1024))
  await home.succeed(['init', 'r', '--no-encryption'])
  const config = join(home.path, 'config.toml')
  await writeFile(
    config,
    `[repository]
location = ${JSON.stringify(join(home.path, 'r'))}
limit_upload = "4M"
[profiles.home]
paths = [${JSON.stringify(join(home.path, 'source'))}]
[profiles.home.schedules.nightly]
daily_at = "02:00"
longest = "5s"
`,
  )
  const {child, outcome} = await start(t, home, ['schedule', 'run', 'nightly', '--json', '--config', config])
  await until(() => existsSync(stateFile(home, `${child.pid}.json`)))
  await home.succeed(['pause', 'home'])
  const {code, stdout, stderr} = await outcome
  t.not(code, 0)
  t.not(code, null, 'nobody has killed it')
  t.regex(stdout + stderr, /timed-out/)
  t.deepEqual(readdirSync(stateFile(home, '')), [])
  await home.succeed(['check', '-r', 'r'])
})

onLinux(`pause: an agent takes no notice of the signals, and no debugger is let in${WHERE_LINUX}`, async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, '.config', 'pocket'), {recursive: true})
  await writeFile(
    join(home.path, '.config', 'pocket', 'config.toml'),
    `[profiles.a]\npaths = ["${home.path}"]\n[profiles.a.schedule]\nevery = "1d"\ncatch_up = false\n`,
  )
  let child: ChildProcess | undefined
  let told = ''
  const outcome = home.run(['agent'], {
    onStart: (started) => {
      child = started
      started.stderr.on('data', (piece: Buffer) => (told += piece.toString('utf8')))
    },
  })
  t.teardown(() => child?.kill('SIGKILL'))
  await until(() => told !== '')
  child?.kill('SIGUSR1')
  child?.kill('SIGUSR2')
  await setTimeout(500)
  child?.kill('SIGTERM')
  const {code, stderr} = await outcome
  t.is(code, 0, stderr)
  t.notRegex(stderr, /debugger/i)
})
