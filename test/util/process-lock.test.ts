import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Readable, Writable} from 'node:stream'
import {fileURLToPath} from 'node:url'
import test, {type ExecutionContext} from 'ava'
import {findHolder, type LockHolder, takeLock} from '../../src/util/process-lock.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const PROGRAM = fileURLToPath(new URL('./lock-taker.js', import.meta.url))

type Taker = ChildProcessByStdio<Writable, Readable, null>

async function startTaker(t: ExecutionContext, path: string): Promise<Taker> {
  const child = spawn(process.execPath, [PROGRAM, path], {stdio: ['pipe', 'pipe', 'inherit']})
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

/** All at the same time. */
async function takeAll(takers: readonly Taker[]): Promise<string[]> {
  const answers = takers.map(async (taker) => String((await once(taker.stdout, 'data'))[0]).trim())
  for (const taker of takers) taker.stdin.write('go\n')
  return Promise.all(answers)
}

test('lock: of many who take one at the same time, one has it', async (t) => {
  const path = join(temporaryFolder(t), 'deep', 'lock.json')
  const takers = await Promise.all(Array.from({length: 6}, () => startTaker(t, path)))
  t.deepEqual((await takeAll(takers)).sort(), ['busy', 'busy', 'busy', 'busy', 'busy', 'took'])
})

test('lock: one of a process that was killed is taken over, by one of those who try at the same time', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'lock.json')
  for (let round = 0; round < 5; round++) {
    const takers = await Promise.all(Array.from({length: 5}, () => startTaker(t, path)))
    const answers = await takeAll(takers)
    t.is(answers.filter((answer) => answer === 'took').length, 1, `round ${round}: ${answers.join()}`)
    for (const taker of takers) taker.kill('SIGKILL')
    await Promise.all(takers.map((taker) => once(taker, 'exit')))
  }
  const taken = takeLock(path, 'the last')
  t.true('holder' in taken)
  t.deepEqual(readdirSync(folder), ['lock.json'])
})

test('lock: one who died while taking over is succeeded, too', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'lock.json')
  const holder = deadHolder(path)
  const dead = (token: string): string => JSON.stringify({...holder, token})
  const first = '00000000-0000-4000-8000-000000000001'
  writeFileSync(path, dead(first))
  writeFileSync(`${path}.${first}.after`, dead('00000000-0000-4000-8000-000000000002'))
  t.true('holder' in takeLock(path, 'mine'))
  t.is(findHolder(path)?.note, 'mine')
  t.deepEqual(readdirSync(folder), ['lock.json'])
})

test('lock: a process that has got the number of a dead one does not hold its lock', (t) => {
  const path = join(temporaryFolder(t), 'lock.json')
  const {holder} = mine(path)
  writeFileSync(path, JSON.stringify({...holder, started: '1'}))
  t.is(findHolder(path), undefined)
  writeFileSync(path, JSON.stringify({...holder, boot: 'another start of this machine'}))
  t.is(findHolder(path), undefined)
  t.true('holder' in takeLock(path, 'again'))
})

test('lock: one that says nothing, as after a power loss, holds nobody up', (t) => {
  const path = join(temporaryFolder(t), 'lock.json')
  for (const content of ['', '{"pid":', '\0\0\0\0', 'null']) {
    writeFileSync(path, content)
    const taken = takeLock(path, 'mine')
    t.true('holder' in taken, JSON.stringify(content))
    if ('holder' in taken) taken.release()
  }
})

test('lock: one of another machine is held as long as it shows that it lives', (t) => {
  const path = join(temporaryFolder(t), 'lock.json')
  const {holder} = mine(path)
  const other = {...holder, host: 'elsewhere', boot: 'elsewhere'}
  writeFileSync(path, JSON.stringify(other))
  t.like(takeLock(path, 'mine'), {heldBy: {host: 'elsewhere'}})
})

test('lock: giving it back leaves one alone that is another process’s by now', (t) => {
  const path = join(temporaryFolder(t), 'lock.json')
  const lock = mine(path)
  const other = JSON.stringify({...lock.holder, token: '00000000-0000-4000-8000-000000000001'})
  writeFileSync(path, other)
  lock.release()
  t.is(readFileSync(path, 'utf8'), other)
})

function mine(path: string): Extract<ReturnType<typeof takeLock>, {holder: LockHolder}> {
  const taken = takeLock(path, 'a test')
  if ('holder' in taken) return taken
  throw new Error('it is taken')
}

function deadHolder(path: string): LockHolder {
  const lock = mine(path)
  lock.release()
  return {...lock.holder, started: '1'}
}
