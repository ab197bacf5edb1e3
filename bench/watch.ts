/**
 * Measures a watch: how long after the quiet time ten changed files of a hundred thousand are in a snapshot, and what that costs the process,
 * from the change to the snapshot; beside it, what a snapshot costs that walks everything, and `restic backup` where there is one on the PATH.
 *
 *     npm run build && node dist/bench/watch.js [FOLDER]
 *
 * FOLDER, a temporary one unless given, is made and removed. Of Linux alone, which says what a process has used.
 */
import {execFileSync, type ChildProcessWithoutNullStreams, spawn, spawnSync} from 'node:child_process'
import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {monotonicMs} from '../src/util/clock.js'
import {writeSmallFiles} from './data/small-files.js'
import {median} from './statistics.js'

const FILES = 100_000
const CHANGED = 10
const ROUNDS = 20
const QUIET_MS = 1000
const TICK_MS = 10
const POCKET = fileURLToPath(new URL('../../bin/pocket.js', import.meta.url))
const PASSWORD = 'a password of the benchmark'

interface Cost {
  /** From the change, or the start of a program, to the snapshot. */
  wallMs: number
  /** Of all threads, user and system. */
  cpuMs: number
}

interface Place {
  source: string
  config: string
  pocket: NodeJS.ProcessEnv
  restic: NodeJS.ProcessEnv
}

/** Changes a file in each of ten folders; others each round. */
function change({source}: Place, round: number): void {
  for (let file = 0; file < CHANGED; file++) {
    const number = file * (FILES / CHANGED) + round
    const folder = Math.floor(number / 1000)
    appendFileSync(join(source, `part-${Math.floor(folder / 25)}`, `folder-${folder}`, `note-${number}.txt`), `round ${round}\n`)
  }
}

/** What a process has used until now, with threads that are gone. */
function cpuMsOf(pid: number): number {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return (user + system) * TICK_MS
}

/** The events of a watch, one after the other. */
async function* eventsOf(child: ChildProcessWithoutNullStreams): AsyncGenerator<{type: string; walk?: string}, void> {
  let rest = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    const lines = (rest + String(text)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as {type: string}
  }
}

async function measureWatch(place: Place): Promise<{snapshots: Cost[]; idle: Cost}> {
  // Each snapshot is a run of a profile, with its journal, as it is in use.
  const words = [POCKET, 'watch', '--json', '-P', 'work', '--config', place.config]
  const child = spawn(process.execPath, words, {env: place.pocket})
  const ended = new Promise((resolve) => child.on('close', resolve))
  const events = eventsOf(child)
  const next = async (type: string): Promise<void> => {
    for (;;) {
      const {value, done} = await events.next()
      if (done) throw new Error('the watch has ended')
      if (value.type === type) return
    }
  }
  const pid = child.pid as number
  await next('snapshot')
  const snapshots: Cost[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await setTimeout(500)
    const before = cpuMsOf(pid)
    const startMs = monotonicMs()
    change(place, round)
    await next('snapshot')
    snapshots.push({wallMs: monotonicMs() - startMs - QUIET_MS, cpuMs: cpuMsOf(pid) - before})
  }
  await setTimeout(2000)
  const [before, startMs] = [cpuMsOf(pid), monotonicMs()]
  await setTimeout(10_000)
  const idle = {wallMs: monotonicMs() - startMs, cpuMs: cpuMsOf(pid) - before}
  child.kill('SIGINT')
  await ended
  return {snapshots, idle}
}

/** What a program costs that is run again after each change. */
function measureProgram(place: Place, program: string, words: readonly string[], environment: NodeJS.ProcessEnv): Cost[] {
  const costs: Cost[] = []
  for (let round = 0; round < 5; round++) {
    change(place, 500 + round)
    const startMs = monotonicMs()
    const cpuMs = cpuOfChild(program, words, environment)
    costs.push({wallMs: monotonicMs() - startMs, cpuMs})
  }
  return costs
}

/** By the shell's own `times`, in ms. */
function cpuOfChild(program: string, words: readonly string[], environment: NodeJS.ProcessEnv): number {
  const script = '"$0" "$@" > /dev/null 2>&1 || exit 1; times'
  const text = execFileSync('bash', ['-c', script, program, ...words], {env: environment, encoding: 'utf8'})
  const [, children] = text.trim().split('\n')
  return children
    .split(' ')
    .map((time) => /(\d+)m([\d.]+)s/.exec(time))
    .reduce((sum, time) => sum + (Number(time?.[1]) * 60 + Number(time?.[2])) * 1000, 0)
}

function row(name: string, costs: readonly Cost[]): string {
  const of = (pick: (cost: Cost) => number): string => {
    const values = costs.map(pick)
    return `${Math.round(median(values))} (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`
  }
  return `| ${name} | ${of(({wallMs}) => wallMs)} | ${of(({cpuMs}) => cpuMs)} |`
}

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'pocket-bench-watch-'))
try {
  const home = join(folder, 'home')
  const plain = {PATH: process.env.PATH, HOME: home, POCKET_STATE_DIRECTORY: join(folder, 'state')}
  const place: Place = {
    source: join(folder, 'source'),
    config: join(folder, 'config.toml'),
    pocket: {...plain, POCKET_REPOSITORY: join(folder, 'pocket'), POCKET_PASSWORD: PASSWORD},
    restic: {...plain, RESTIC_REPOSITORY: join(folder, 'restic'), RESTIC_PASSWORD: PASSWORD},
  }
  writeSmallFiles(place.source, FILES)
  const profile = [`[profiles.work]`, `paths = ["${place.source}"]`, `[profiles.work.watch]`, `quiet = "${QUIET_MS / 1000}s"`]
  writeFileSync(place.config, `${profile.join('\n')}\n`)
  execFileSync(process.execPath, [POCKET, 'init'], {env: place.pocket})
  const {snapshots, idle} = await measureWatch(place)
  const lines = [
    '| ten of 100,000 files changed | ms to the snapshot | ms of CPU |',
    '| --- | ---: | ---: |',
    row('`pocket watch`, after the quiet time', snapshots),
    row(
      '`pocket snapshot`, which walks everything',
      measureProgram(place, process.execPath, [POCKET, 'snapshot', place.source], place.pocket),
    ),
  ]
  if (spawnSync('restic', ['version']).status === 0) {
    execFileSync('restic', ['init'], {env: place.restic})
    execFileSync('restic', ['backup', place.source], {env: place.restic})
    lines.push(row('`restic backup`', measureProgram(place, 'restic', ['backup', place.source], place.restic)))
  }
  lines.push(`| \`pocket watch\` while nothing changes, for 10 s | | ${Math.round(idle.cpuMs)} |`)
  process.stdout.write(`${lines.join('\n')}\n`)
} finally {
  rmSync(folder, {recursive: true, force: true})
}
