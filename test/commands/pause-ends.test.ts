/** Pauses of commands that cannot be interrupted in order, and what is left where one ends at once. */
import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {onLinux, standsStill, start, stateFile, until, WHERE_LINUX} from './paused-process.js'
import {createHome, type Home} from './run-pocket.js'

/** Repository `r` with a snapshot of folder `source`, which has a file of this content. */
async function createStored(t: ExecutionContext, content: Buffer): Promise<Home> {
  const home = await createHome(t)
  await mkdir(join(home.path, 'source'))
  await writeFile(join(home.path, 'source', 'a'), content)
  await home.succeed(['init', 'r', '--no-encryption'])
  await home.succeed(['snapshot', 'source', '-r', 'r'])
  return home
}

onLinux(`pause: a file that is printed stands still, and comes whole${WHERE_LINUX}`, async (t) => {
  const content = Buffer.from(randomBytes(3 * 1024 ** 2).toString('hex'))
  const home = await createStored(t, content)
  const {child, outcome} = await start(t, home, ['cat', 'latest:a', '-r', 'r', '--limit-download', '4M'])
  await until(() => existsSync(stateFile(home, `${child.pid}.json`)))
  child.kill('SIGUSR1')
  await standsStill(t, {home, child})
  child.kill('SIGUSR2')
  const {code, stdout, stderr} = await outcome
  t.is(code, 0, stderr)
  t.true(content.equals(Buffer.from(stdout)))
  t.notRegex(stderr, /debugger/i)
  t.deepEqual(readdirSync(stateFile(home, '')), [])
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
