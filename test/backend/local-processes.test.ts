/** The local backend among other processes, killed ones too, and on disks that are full or not ours to write. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, chownSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import test, {type ExecutionContext} from 'ava'
import {openLocalBackend} from '../../src/backend/local.js'
import {isPocketError} from '../../src/errors.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE} from '../small-disk.js'
import {RESTRICTED} from '../users.js'
import {collect, pattern, rejectsWith} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

const WRITER = fileURLToPath(new URL('./local-writer.js', import.meta.url))
const SIZES = new Set([1_000_000, 1_500_000])

function startWriter(task: string, root: string, argument: string): ChildProcess {
  return spawn(process.execPath, [WRITER, task, root, argument], {stdio: ['ignore', 'pipe', 'inherit']})
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString()
  })
  await once(child, 'close')
  return text.trim()
}

/** The objects in `root`, after making sure that each is whole. */
async function wholeObjects(t: ExecutionContext, root: string): Promise<number> {
  const backend = openLocalBackend(root)
  const objects = await collect(backend.list(''))
  for (const {name, sizeBytes} of objects) {
    const bytes = await backend.get(name)
    t.true(SIZES.has(bytes.length) && SIZES.has(sizeBytes), `${name} has ${bytes.length} bytes`)
    t.true(Buffer.compare(bytes, Buffer.alloc(bytes.length, bytes[0])) === 0, `${name} is torn`)
  }
  return objects.length
}

test('local: a reader in another process never sees a part of an object', async (t) => {
  const root = temporaryFolder(t)
  const writer = startWriter('forever', root, 'aa')
  await once(writer.stdout!, 'data')
  for (let round = 0; round < 10; round += 1) t.true((await wholeObjects(t, root)) > 0)
  writer.kill('SIGKILL')
  await once(writer, 'close')
})

test('local: a killed writer leaves whole objects only, and the next one goes on', async (t) => {
  const root = temporaryFolder(t)
  let unfinished = 0
  for (let round = 0; round < 8; round += 1) {
    const writer = startWriter('forever', root, `k${round}`)
    await once(writer.stdout!, 'data')
    await setTimeout(round * 3)
    writer.kill('SIGKILL')
    await once(writer, 'close')
    t.true((await wholeObjects(t, root)) > round)
    unfinished = readdirSync(join(root, '.tmp')).length
  }
  t.log(`${unfinished} of 8 kills fell into the middle of a write`)
  await openLocalBackend(root).put('config', pattern(1_000_000).fill(7))
  await wholeObjects(t, root)
})

test('local: of several processes that put with ifAbsent exactly one wins', async (t) => {
  const root = temporaryFolder(t)
  const outputs = await Promise.all(['a', 'b', 'c', 'd'].map((name) => outputOf(startWriter('race', root, name))))
  t.deepEqual([...outputs].sort(), ['object-exists', 'object-exists', 'object-exists', 'won'])
  const winner = Buffer.from(await openLocalBackend(root).get('config')).toString()
  t.is(winner, ['a', 'b', 'c', 'd'][outputs.indexOf('won')])
})

test('local: a folder of another user is permission-denied', async (t) => {
  const root = temporaryFolder(t)
  chmodSync(root, 0o755)
  if (RESTRICTED === undefined) {
    chmodSync(root, 0o555)
    await rejectsWith(t, openLocalBackend(root).put('chunks/3f/a', pattern(1)), 'permission-denied')
    return
  }
  t.is(await outputOf(startWriter('put', root, String(RESTRICTED))), 'permission-denied')
  chownSync(root, RESTRICTED, RESTRICTED)
  t.is(await outputOf(startWriter('put', root, String(RESTRICTED))), 'done')
})

onMountable(`local: a full disk is no-space and leaves nothing behind ${WHERE_MOUNTABLE}`, async (t) => {
  const root = smallDisk(t, temporaryFolder(t), 'size=4m')
  const backend = openLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(2_000_000))
  const error = await t.throwsAsync(backend.put('chunks/3f/b', [pattern(1_500_000), pattern(1_500_000)]))
  t.true(isPocketError(error, 'no-space'), String(error))
  t.regex(error?.message ?? '', /^cannot write 'chunks\/3f\/b' in '.*': no space left on the file system$/)
  t.deepEqual(readdirSync(join(root, '.tmp')), [])
  t.deepEqual(await collect(backend.list('')), [{name: 'chunks/3f/a', sizeBytes: 2_000_000}])
  t.deepEqual(new Uint8Array(await backend.get('chunks/3f/a')), pattern(2_000_000))
  await backend.remove('chunks/3f/a')
  await backend.put('chunks/3f/b', pattern(3_000_000))
})

onMountable(`local: a disk mounted read-only is read-only and still read ${WHERE_MOUNTABLE}`, async (t) => {
  const root = smallDisk(t, temporaryFolder(t), 'size=4m')
  const backend = openLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(10))
  execFileSync('mount', ['-o', 'remount,ro', root])
  await rejectsWith(t, backend.put('chunks/3f/b', pattern(10)), 'read-only')
  await rejectsWith(t, openLocalBackend(root).put('chunks/4e/b', pattern(10)), 'read-only')
  await rejectsWith(t, backend.remove('chunks/3f/a'), 'read-only')
  t.deepEqual(new Uint8Array(await backend.get('chunks/3f/a')), pattern(10))
  t.is((await collect(backend.list(''))).length, 1)
})

onMountable(
  `local: a disk that is unmounted meanwhile is missed, and nothing is written to the folder below ${WHERE_MOUNTABLE}`,
  async (t) => {
    const root = temporaryFolder(t)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root], {stdio: 'pipe'})
    const backend = openLocalBackend(root)
    try {
      await backend.put('chunks/3f/a', pattern(10))
    } finally {
      execFileSync('umount', [root])
    }
    for (const name of ['chunks/3f/b', 'index/b']) await rejectsWith(t, backend.put(name, pattern(10)), 'io-failed')
    await rejectsWith(t, collect(backend.list('')), 'io-failed')
    t.deepEqual(readdirSync(root), [])
  },
)
