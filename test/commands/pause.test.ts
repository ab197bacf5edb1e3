import {type ChildProcess, spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {createHome, type Home, type Outcome} from './run-pocket.js'

const IS_LINUX = process.platform === 'linux'
const onLinux = IS_LINUX ? test.serial : test.serial.skip
/** CPU time of a process is read from /proc. */
const WHERE_LINUX = IS_LINUX ? '' : ' (only on Linux)'

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

function stateFile(home: Home, name: string): string {
  return join(home.path, '.local', 'state', 'pocket', 'processes', name)
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn > 1000) throw new Error('waited too long')
    await setTimeout(20)
  }
}

function storedBytes(home: Home): number {
  const files = readdirSync(join(home.path, 'r'), {recursive: true, encoding: 'utf8'})
  return files.map((name) => statSync(join(home.path, 'r', name))).reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0)
}

/** In hundredths of a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Nothing is stored and nothing reckoned any more. */
async function standsStill(t: ExecutionContext, {home, child}: Run): Promise<void> {
  await setTimeout(2000)
  const before = {bytes: storedBytes(home), ticks: cpuTicks(child.pid ?? 0)}
  await setTimeout(1500)
  t.is(storedBytes(home), before.bytes, 'nothing more is stored')
  t.true(cpuTicks(child.pid ?? 0) - before.ticks <= 8, 'and hardly anything reckoned')
  t.is(child.exitCode, null)
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
  await run.home.succeed(['pause'])
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
