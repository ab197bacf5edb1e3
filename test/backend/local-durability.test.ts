/** What the local backend asks of the system, in which order, and what it does when the system refuses. */
import {readdirSync} from 'node:fs'
import fs, {type FileHandle} from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'
import {join, relative} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {createLocalBackend, openLocalBackend} from '../../src/backend/local.js'
import type {PocketError} from '../../src/errors.js'
import {collect, pattern, rejectsWith} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

type Patched = 'open' | 'rename' | 'link' | 'mkdir' | 'unlink'
const real = {open: fs.open, rename: fs.rename, link: fs.link, mkdir: fs.mkdir, unlink: fs.unlink}

function patch<Name extends Patched>(name: Name, replacement: (typeof real)[Name]): void {
  Object.assign(fs, {[name]: replacement})
  syncBuiltinESMExports()
}

test.afterEach.always(() => {
  Object.assign(fs, real)
  syncBuiltinESMExports()
})

function failure(code: string): Error {
  return Object.assign(new Error(code), {code})
}

/** Changes every file handle that is opened from now on. */
function patchHandles(change: (handle: FileHandle, path: string) => void): void {
  patch('open', async (...parameters) => {
    const handle = await real.open(...parameters)
    change(handle, String(parameters[0]))
    return handle
  })
}

/** Records syncs and changes of names, with temporary names made equal. */
function record(root: string): string[] {
  const events: string[] = []
  const short = (path: unknown) => (relative(root, String(path)) || '.').replace(/^\.tmp\/.+/, 'temporary')
  patchHandles((handle, path) => {
    handle.sync = async () => {
      events.push(`sync ${short(path)}`)
      await Object.getPrototypeOf(handle).sync.call(handle)
    }
  })
  patch('rename', async (from, to) => {
    events.push(`rename ${short(from)} ${short(to)}`)
    await real.rename(from, to)
  })
  patch('link', async (from, to) => {
    events.push(`link ${short(from)} ${short(to)}`)
    await real.link(from, to)
  })
  patch('unlink', async (path) => {
    events.push(`unlink ${short(path)}`)
    await real.unlink(path)
  })
  patch('mkdir', (async (path: string, options: never) => {
    events.push(`mkdir ${short(path)}`)
    return real.mkdir(path, options)
  }) as typeof fs.mkdir)
  return events
}

const onPosix = process.platform === 'win32' ? test.skip : test.serial

onPosix('local: syncs new folders, then the bytes, renames, then syncs the entry (not on Windows)', async (t) => {
  const root = temporaryFolder(t)
  const events = record(root)
  const backend = openLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(10))
  t.deepEqual(events, [
    'mkdir .tmp',
    'sync .',
    'mkdir chunks',
    'sync .',
    'mkdir chunks/3f',
    'sync chunks',
    'sync temporary',
    'rename temporary chunks/3f/a',
    'sync chunks/3f',
  ])
  events.length = 0
  await backend.put('chunks/3f/b', pattern(10), {ifAbsent: true})
  t.deepEqual(events, ['sync temporary', 'link temporary chunks/3f/b', 'unlink temporary', 'sync chunks/3f'])
  events.length = 0
  await backend.remove('chunks/3f/b')
  t.deepEqual(events, ['unlink chunks/3f/b', 'sync chunks/3f'])
})

onPosix('local: syncs the parent of a folder that another process just made (not on Windows)', async (t) => {
  const root = temporaryFolder(t)
  await fs.mkdir(join(root, 'chunks'))
  const events = record(root)
  await openLocalBackend(root).put('chunks/a', pattern(10))
  t.true(events.indexOf('sync .', events.indexOf('mkdir chunks')) < events.indexOf('sync temporary'))
})

onPosix('local: create syncs every folder above the root that it made (not on Windows)', async (t) => {
  const top = temporaryFolder(t)
  const events = record(top)
  await createLocalBackend(join(top, 'a/b/c'))
  t.deepEqual(events, ['mkdir a', 'sync .', 'mkdir a/b', 'sync a', 'mkdir a/b/c', 'sync a/b'])
})

test.serial('local: bytes arrive whole when the system takes only some at a time', async (t) => {
  const root = temporaryFolder(t)
  patchHandles((handle) => {
    handle.writev = async (parts) => {
      const part = parts[0] as Uint8Array
      const {bytesWritten} = await handle.write(part, 0, Math.min(part.length, 700))
      return {bytesWritten, buffers: parts}
    }
    const read = handle.read.bind(handle) as (...parameters: unknown[]) => Promise<unknown>
    handle.read = ((buffer: Buffer, offset: number, length: number, position: number) =>
      read(buffer, offset, Math.min(length, 999), position)) as typeof handle.read
  })
  const backend = openLocalBackend(root)
  await backend.put('a', [pattern(5000).subarray(0, 1234), pattern(5000).subarray(1234)])
  t.deepEqual(new Uint8Array(await backend.get('a')), pattern(5000))
})

const REFUSALS: [string, PocketError['code'], boolean][] = [
  ['ENOSPC', 'no-space', false],
  ['EDQUOT', 'no-space', false],
  ['EROFS', 'read-only', false],
  ['EACCES', 'permission-denied', false],
  ['EPERM', 'permission-denied', false],
  ['EIO', 'io-failed', false],
  ['EMFILE', 'io-failed', true],
  ['ESTALE', 'io-failed', true],
]

for (const [system, code, retryable] of REFUSALS) {
  for (const step of ['writev', 'sync', 'close', 'rename'] as const) {
    test.serial(`local: put leaves nothing behind when ${step} answers ${system}, which is ${code}`, async (t) => {
      const root = temporaryFolder(t)
      await openLocalBackend(root).put('chunks/3f/old', pattern(10))
      refuse(step, system)
      const backend = openLocalBackend(root)
      const error = await t.throwsAsync<PocketError>(backend.put('chunks/3f/a', pattern(10)))
      t.like(error, {code, retryable})
      t.regex(error?.message ?? '', /^cannot write 'chunks\/3f\/a' in '.*': /)
      t.truthy(error?.hint)
      await assertNothingLeft(t, root)
    })
  }
}

function refuse(step: 'writev' | 'sync' | 'close' | 'rename', code: string): void {
  if (step === 'rename') {
    patch('rename', async () => {
      throw failure(code)
    })
    return
  }
  patchHandles((handle, path) => {
    // Only the object's own file: folders are synced before and after it.
    if (!path.includes('.tmp/')) return
    const close = handle.close.bind(handle)
    handle[step] = async () => {
      if (step === 'close') await close()
      throw failure(code)
    }
  })
}

async function assertNothingLeft(t: ExecutionContext, root: string): Promise<void> {
  Object.assign(fs, real)
  syncBuiltinESMExports()
  t.deepEqual(readdirSync(join(root, '.tmp')), [])
  t.deepEqual(await collect(openLocalBackend(root).list('')), [{name: 'chunks/3f/old', sizeBytes: 10}])
}

test.serial('local: get, stat, list and remove name the object and the reason', async (t) => {
  const root = temporaryFolder(t)
  const backend = openLocalBackend(root)
  await backend.put('config', pattern(10))
  patch('open', async () => {
    throw failure('EIO')
  })
  patch('unlink', async () => {
    throw failure('EROFS')
  })
  t.like(await t.throwsAsync(backend.get('config')), {
    code: 'io-failed',
    message: `cannot read 'config' in '${root}': input/output error EIO`,
  })
  t.like(await t.throwsAsync(backend.remove('config')), {
    code: 'read-only',
    message: `cannot remove 'config' in '${root}': the file system is read-only`,
  })
})

test.serial('local: a folder that cannot be synced does not fail a put, one that fails to sync does', async (t) => {
  const root = temporaryFolder(t)
  let code = 'EINVAL'
  patchHandles((handle, path) => {
    if (path.includes('.tmp/')) return
    handle.sync = async () => {
      throw failure(code)
    }
  })
  await openLocalBackend(root).put('chunks/a', pattern(10))
  code = 'EIO'
  await rejectsWith(t, openLocalBackend(root).put('chunks/b', pattern(10)), 'io-failed')
})

test.serial('local: file systems without modes keep objects all the same', async (t) => {
  patchHandles((handle) => {
    handle.chmod = async () => {
      throw failure('EPERM')
    }
  })
  const backend = openLocalBackend(temporaryFolder(t))
  await backend.put('a', pattern(10))
  t.deepEqual(await backend.stat('a'), {sizeBytes: 10})
})

test.serial('local: without hard links ifAbsent still lets exactly one win, and leaves nothing behind', async (t) => {
  const root = temporaryFolder(t)
  patch('link', async () => {
    throw failure('EPERM')
  })
  const backends = [openLocalBackend(root), openLocalBackend(root)]
  const puts = Array.from({length: 20}, (_, index) => backends[index % 2].put('keys/a', pattern(index), {ifAbsent: true}))
  const results = await Promise.allSettled(puts)
  t.is(results.filter(({status}) => status === 'fulfilled').length, 1)
  await rejectsWith(t, backends[0].put('keys/a', pattern(1), {ifAbsent: true}), 'object-exists')
  t.deepEqual(readdirSync(join(root, '.tmp')), [])
})

test.serial('local: another failure of link is told and not worked around', async (t) => {
  const root = temporaryFolder(t)
  patch('link', async () => {
    throw failure('ENOSPC')
  })
  await rejectsWith(t, openLocalBackend(root).put('a', pattern(1), {ifAbsent: true}), 'no-space')
  t.deepEqual(readdirSync(join(root, '.tmp')), [])
})
