/** Pauses of commands that mostly read, here or from the repository. */
import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync} from 'node:fs'
import {mkdir, truncate, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {onLinux, standsStill, start, stateFile, until, WHERE_LINUX} from './paused-process.js'
import {createHome, type Home} from './run-pocket.js'

/** A file of zeros that takes no place on the disk, and that it takes some time to read through. */
const LARGE_BYTES = 2 * 1024 ** 3

/** Repository `r` with a snapshot of folder `source`, which has this file. */
async function createStored(t: ExecutionContext, content: Buffer | undefined): Promise<Home> {
  const home = await createHome(t)
  const [source, file] = [join(home.path, 'source'), join(home.path, 'source', 'a')]
  await mkdir(source)
  await writeFile(file, content ?? '')
  if (content === undefined) await truncate(file, LARGE_BYTES)
  await home.succeed(['init', 'r', '--no-encryption'])
  await home.succeed(['snapshot', 'source', '-r', 'r'])
  return home
}

async function pausesBySignal(t: ExecutionContext, home: Home, words: readonly string[]): Promise<string> {
  const {child, outcome} = await start(t, home, words)
  await until(() => existsSync(stateFile(home, `${child.pid}.json`)))
  child.kill('SIGUSR1')
  await standsStill(t, {home, child})
  child.kill('SIGUSR2')
  const {code, stdout, stderr} = await outcome
  t.is(code, 0, stderr)
  t.notRegex(stderr, /debugger/i)
  t.deepEqual(readdirSync(stateFile(home, '')), [])
  return stdout
}

onLinux(`pause: a file that is printed stands still, and comes whole${WHERE_LINUX}`, async (t) => {
  const content = Buffer.from(randomBytes(3 * 1024 ** 2).toString('hex'))
  const home = await createStored(t, content)
  const printed = await pausesBySignal(t, home, ['cat', 'latest:a', '-r', 'r', '--limit-download', '4M'])
  t.true(content.equals(Buffer.from(printed)))
})

onLinux(`pause: files of this machine that are compared with a snapshot are read no further${WHERE_LINUX}`, async (t) => {
  const home = await createStored(t, undefined)
  await utimes(join(home.path, 'source', 'a'), 1, 1)
  t.regex(await pausesBySignal(t, home, ['diff', 'latest', './source', '-r', 'r']), /^m +a$/m)
  const [summary] = (await pausesBySignal(t, home, ['restore', 'latest', '-r', 'r', '--target', 'source', '--json']))
    .trim()
    .split('\n')
    .slice(-1)
  t.like(JSON.parse(summary), {type: 'summary', unchanged: 1, failed: 0})
})

onLinux(`pause: a process that is told twice to end leaves no note of itself${WHERE_LINUX}`, async (t) => {
  const home = await createStored(t, randomBytes(16 * 1024 ** 2))
  await home.succeed(['init', 'r2', '--no-encryption'])
  const {child, outcome} = await start(t, home, ['snapshot', 'source', '-r', 'r2', '--limit-upload', '1M'])
  await until(() => existsSync(stateFile(home, `${child.pid}.json`)))
  child.kill('SIGINT')
  child.kill('SIGTERM')
  t.is((await outcome).code, 130)
  t.deepEqual(readdirSync(stateFile(home, '')), [])
})
