/** Metadata that cannot be set costs no content, and is set on nothing else than what was restored. */
import {execFileSync} from 'node:child_process'
import {chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {restoreTree} from '../../src/engine/restore-run.js'
import {planTarget} from '../../src/engine/restore-target.js'
import {walkRestore} from '../../src/engine/restore-walk.js'
import {encodeTreePage} from '../../src/format/tree.js'
import {takeSnapshot} from '../../src/index.js'
import {ChunkVerifier} from '../../src/repository/pack-reader.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import type {ByteString} from '../../src/util/bytes.js'
import {directory, file, link, tableOf} from '../snapshot/stored-trees.js'
import {craftSnapshot, restoreTelling} from './crafted-snapshot.js'
import {createPlace, NO_SECRET, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'

const POCKET = fileURLToPath(new URL('../../../bin/pocket.js', import.meta.url))
/** Starts a program as a root that may give files to nobody. */
const AS_POWERLESS_ROOT = ['-U', '-r']

function canBePowerless(): boolean {
  try {
    execFileSync('unshare', [...AS_POWERLESS_ROOT, 'true'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

const onPowerless = canBePowerless() ? test : test.skip

onPowerless('restore: where owners cannot be set, everything else is, and that is told (only where unshare works)', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  await withRepository(place, (repository) =>
    craftSnapshot(repository, place, (save, stored) => {
      const whole = {...file(), references: [stored]}
      const inner = save(encodeTreePage(tableOf({empty: file(), whole: {...whole, mode: 0o640}})))
      const entries = {folder: {...directory(inner), mode: 0o2751}, link: link('x'), program: {...whole, mode: 0o6755}}
      return save(encodeTreePage(tableOf(entries)))
    }),
  )
  const words = ['restore', 'latest', '--repository', place.location, '--target', target, '--json']
  const output = execFileSync('unshare', [...AS_POWERLESS_ROOT, process.execPath, POCKET, ...words], {encoding: 'utf8'})
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const warnings = lines.flatMap(({type, path, message}) => (type === 'warning' ? [`${path} ${message}`] : []))
  const why = 'its metadata cannot be set: EINVAL'
  const paths = ['folder', 'folder/empty', 'folder/whole', 'link', 'program']
  t.deepEqual(
    warnings.sort(),
    paths.map((path) => `${path} ${why}`),
  )
  t.like(lines.at(-1), {type: 'summary', files: 3, directories: 1, links: 1, failed: 0})
  const mode = (path: string) => (statSync(join(target, path)).mode & 0o7777).toString(8)
  t.deepEqual([mode('folder'), mode('folder/whole'), mode('folder/empty'), mode('program')], ['751', '640', '644', '755'])
  t.deepEqual(readFileSync(join(target, 'program')), readFileSync(join(place.source, 'source')))
  t.is(statSync(join(target, 'program'), {bigint: true}).mtimeNs, 2n)
})

test('restore: of a link that has taken the place of a kept file or folder, what it leads to is left alone', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const {source} = place
  const victims = join(place.folder, 'victims')
  for (const folder of [source, victims]) {
    mkdirSync(join(folder, 'folder'), {recursive: true})
    writeFileSync(join(folder, 'file'), 'x')
    for (const [name, mode] of [['file', 0o666] as const, ['folder', 0o777] as const]) {
      chmodSync(join(folder, name), folder === source ? mode : 0o700)
    }
  }
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
    const [{record}] = await loadSnapshots(repository, () => undefined)
    const trees = await repository.trees()
    const read = (chunk: Parameters<typeof trees.read>[0]) => trees.read(chunk)
    const items = () => walkRestore(read, {tree: record.root}, {includes: undefined, excludes: undefined})
    const content = {read, verifier: new ChunkVerifier(undefined)}
    const plan = await planTarget({target: source as ByteString, items: items(), mayOverwrite: true, content})
    const before = listTree(victims)
    for (const name of ['file', 'folder']) {
      rmSync(join(source, name), {recursive: true})
      symlinkSync(join(victims, name), join(source, name))
    }
    const told: string[] = []
    const {failed} = await restoreTree(
      repository,
      {target: source as ByteString, items: items(), plan, mayOverwrite: true, rootEntry: undefined, totals: {files: 1, bytes: 1}},
      {read, workers: WORKERS, signal: undefined, emit: (event) => void (event.type === 'warning' && told.push(event.path))},
    )
    t.deepEqual([told.sort(), failed], [['file', 'folder'], 0])
    t.deepEqual(differences(listTree(victims), before), [])
  })
})

test('restore: a target that is a link to an empty folder is given its metadata', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const [target, own] = [join(place.folder, 'link'), join(place.folder, 'own')]
  mkdirSync(own)
  symlinkSync('own', target)
  chmodSync(place.source, 0o751)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const {told} = await restoreTelling(repository, target)
    t.deepEqual(told, [])
    t.deepEqual(differences(listTree(own), listTree(place.source)), [])
  })
})
