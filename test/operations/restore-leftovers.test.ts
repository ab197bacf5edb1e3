/** What a restore that ends early, or in which something fails, leaves behind: files that are whole, and no temporary ones. */
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import test from 'ava'
import {WorkerPool} from '../../src/engine/worker-pool.js'
import {planFinish} from '../../src/engine/restore-jobs.js'
import type {RestoreDone, RestoreJob, RestoreWorkerData} from '../../src/engine/restore-messages.js'
import {restoreTree} from '../../src/engine/restore-run.js'
import {walkRestore} from '../../src/engine/restore-walk.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {type RestoreEvent, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import type {ByteString} from '../../src/util/bytes.js'
import {nextTurn} from '../../src/util/concurrency.js'
import {randomContent, writeRandom} from './content.js'
import {createPlace, NO_SECRET, withRepository, WORKERS} from './repository-place.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

test('restore: what cannot take the place of something leaves no temporary file', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  for (const name of ['empty', 'small']) {
    writeFileSync(join(place.source, name), name === 'empty' ? '' : name)
    // Has come there since the target was looked at.
    mkdirSync(join(target, name), {recursive: true})
  }
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const [{record}] = await loadSnapshots(repository, () => undefined)
    const trees = await repository.trees()
    const read = (chunk: Parameters<typeof trees.read>[0]) => trees.read(chunk)
    const items = walkRestore(read, {tree: record.root}, {includes: undefined, excludes: undefined})
    const present = new Map(['empty', 'small'].map((name) => [name as ByteString, 'overwrite' as const]))
    const plan = {isVacant: false, present, failed: new Map(), otherMetadata: [], leftovers: []}
    const {failed} = await restoreTree(
      repository,
      {target: target as ByteString, items, plan, mayOverwrite: true, rootEntry: undefined, totals: {files: 2, bytes: 5}},
      {read, workers: WORKERS, signal: undefined, emit: () => undefined},
    )
    t.is(failed, 2)
    t.deepEqual(readdirSync(target).sort(), ['empty', 'small'])
  })
})

test('restore: a run that is aborted while a file is written under its name leaves it whole', async (t) => {
  const place = await createSmallPlace(t)
  const FILES = 60
  for (let file = 0; file < FILES; file++) {
    // Pieces that come again and again: many writes of few frames, most files in one job, and jobs enough that some wait.
    writeFileSync(join(place.source, `file-${file}`), Buffer.concat(Array.from({length: 50}, () => randomContent(file, 30_000))))
  }
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const expected = listTree(place.source)
    for (let round = 0; round < 5; round++) {
      const target = join(place.folder, `target-${round}`)
      mkdirSync(target)
      const controller = new AbortController()
      const running = t.throwsAsync(
        restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, signal: controller.signal}),
        {
          code: 'interrupted',
        },
      )
      for (let turn = 0; readdirSync(target).length <= 5 * round && turn < 100_000; turn++) await nextTurn()
      controller.abort()
      await running
      const listing = listTree(target)
      listing.delete('.')
      for (const [path, entry] of listing) t.deepEqual([entry], [expected.get(path)!], `${path} of round ${round}`)
      rmSync(target, {recursive: true})
    }
  })
})

test('restore: a run that ends early gives its folders their modes, and the next can go on in them', async (t) => {
  const place = await createSmallPlace(t)
  const modes = new Map([
    ['open', 0o755],
    ['closed', 0o500],
  ])
  for (const [name, mode] of modes) {
    mkdirSync(join(place.source, name))
    for (let file = 0; file < 20; file++) writeRandom(join(place.source, name, `file-${file}`), file, 500_000)
    chmodSync(join(place.source, name), mode)
  }
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const target = join(place.folder, 'target')
    const controller = new AbortController()
    const run = (signal?: AbortSignal, overwrite = false) => {
      const warnings: string[] = []
      const onEvent = (event: RestoreEvent): void => void (event.type === 'warning' && warnings.push(`${event.path}: ${event.message}`))
      return {warnings, result: restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, signal, overwrite, onEvent})}
    }
    const {result} = run(controller.signal)
    while (!existsSync(join(target, 'open')) || !existsSync(join(target, 'closed'))) await nextTurn()
    controller.abort()
    await t.throwsAsync(result, {code: 'interrupted'})
    for (const [name, mode] of modes) t.is(statSync(join(target, name)).mode & 0o777, mode | 0o700)
    writeFileSync(join(target, 'open', '.pocket-0123456789abcdef.partial'), 'left')
    const again = run()
    await again.result
    t.deepEqual(
      again.warnings.map((warning) => warning.slice(0, 60)),
      ['closed: there already, and not of the mode, owner or time of', 'open/.pocket-0123456789abcdef.partial: left by a restore tha'],
    )
    rmSync(join(target, 'open', '.pocket-0123456789abcdef.partial'))
    const last = run(undefined, true)
    await last.result
    t.deepEqual(last.warnings, [])
    const [restored, expected] = [listTree(target), listTree(place.source)]
    // Into a folder that was there, which keeps its own time.
    for (const listing of [restored, expected]) listing.delete('.')
    t.deepEqual(differences(restored, expected), [])
  })
  for (const name of modes.keys()) for (const top of [place.source, join(place.folder, 'target')]) chmodSync(join(top, name), 0o700)
})

test('restore: parts of a file that are gone when it is finished are not taken for an empty file', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  writeRandom(join(place.source, 'file'), 1, 100)
  await withRepository(place, async ({sealing}) => {
    const data: RestoreWorkerData = {sealing, dataChunkKey: undefined, restoresOwners: false}
    const script = new URL('../../src/engine/restore-worker.js', import.meta.url)
    const pool = new WorkerPool<RestoreJob, RestoreDone>({script, count: 1, depth: 1, dataFor: () => data})
    const file = (name: string, sizeBytes: number) => ({
      path: name as ByteString,
      absolute: join(place.source, name) as ByteString,
      sizeBytes,
      metadata: {mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n},
      isReplacement: true,
      chunkCount: sizeBytes === 0 ? 0 : 2,
      chunksDone: 2,
      temporary: join(place.source, `.${name}.partial`) as ByteString,
      isSettled: true,
      hasFailed: false,
    })
    const {failures} = await pool.run(planFinish([file('file', 100), file('empty', 0)]))
    await pool.close()
    t.is(failures.get(0)?.code, 'ENOENT')
    t.is(failures.size, 1)
    const listing = listTree(place.source)
    t.deepEqual([...listing.keys()].sort(), ['.', 'empty', 'file'])
    t.regex(listing.get('file')!, / 100 /)
  })
})

test('restore: entries of folders, which hold pages of the tree, are not kept until the end', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const FOLDERS = 50
  const kept: WeakRef<Uint8Array>[] = []
  let alive = FOLDERS
  async function* items() {
    for (let number = 0; number < FOLDERS; number++) {
      const ids = new Uint8Array(32)
      kept.push(new WeakRef(ids))
      const name = `folder-${number}` as ByteString
      const owner = {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0}
      const rest = {sizeBytes: 0, mtimeNs: 0n, ctimeNs: 0n, depth: 0, target: undefined, error: undefined}
      const references = {ids, lengths: Uint32Array.of(1)}
      yield {path: name, entry: {name, type: ENTRY_TYPE.directory, mode: 0o755, ...owner, ...rest, references}}
    }
    await nextTurn()
    collectGarbage()
    alive = kept.filter((reference) => reference.deref() !== undefined).length
  }
  const plan = {isVacant: true, present: new Map(), failed: new Map(), otherMetadata: [], leftovers: []}
  const target = join(place.folder, 'target') as ByteString
  await withRepository(place, async (repository) => {
    const {directories} = await restoreTree(
      repository,
      {target, items: items(), plan, mayOverwrite: false, rootEntry: undefined, totals: {files: 0, bytes: 0}},
      {read: () => Promise.reject(new Error('nothing to read')), workers: 1, signal: undefined, emit: () => undefined},
    )
    t.is(directories, FOLDERS)
  })
  t.true(alive < 5, `${alive} of ${FOLDERS} are kept`)
})

test('restore: a run that ends early leaves under their names all files that were complete', async (t) => {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 40; file++) writeRandom(join(place.source, `file-${file}`), file, 200_000)
  const target = join(place.folder, 'target')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const controller = new AbortController()
    const {backend} = repository
    const get = backend.get.bind(backend)
    let fetched = 0
    backend.get = (name, options) => {
      if (name.startsWith('chunks/')) fetched += options?.range && 'length' in options.range ? options.range.length : 0
      // Half of it, and far less than is waited for before files get their names.
      if (fetched > 4_000_000) controller.abort()
      return get(name, options)
    }
    const running = restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, signal: controller.signal})
    await t.throwsAsync(running, {code: 'interrupted'})
  })
  const names = readdirSync(target)
  t.true(names.length >= 5 && names.length < 40, `${names.length} files`)
  for (const name of names) t.true(readFileSync(join(target, name)).equals(readFileSync(join(place.source, name))), name)
})
