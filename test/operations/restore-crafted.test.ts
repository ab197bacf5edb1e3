/** Trees that contradict themselves: nothing leads out of the target, and nothing is restored as something else than it was. */
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {encodeChunkList} from '../../src/format/chunk-list.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {encodeBranch, encodeTreePage} from '../../src/format/tree.js'
import {restoreTree} from '../../src/engine/restore-run.js'
import type {RestoreItem} from '../../src/engine/restore-walk.js'
import type {RestoreEvent} from '../../src/engine/restore-events.js'
import type {TreeEntry} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {columns, directory, file, link, tableOf} from '../snapshot/stored-trees.js'
import {craftSnapshot, restoreTelling, type SaveBytes} from './crafted-snapshot.js'
import {createPlace, NO_SECRET, withRepository, WORKERS} from './repository-place.js'

const EMPTY = file()

/** A folder with an empty file. */
const folderWith = (save: SaveBytes, name: string) => ({...directory(save(encodeTreePage(tableOf({[name]: EMPTY})))), mode: 0o755})

test('restore: of a folder that one page calls a link and another a folder, nothing is written through the link', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const victim = join(place.folder, 'victim')
  mkdirSync(victim)
  await withRepository(place, async (repository) => {
    await craftSnapshot(repository, place, (save) => {
      const pages = [tableOf({a: link(victim)}), tableOf({a: folderWith(save, 'evil')})].map((page) => save(encodeTreePage(page)))
      const top = {level: 1, firsts: ['a', 'b'] as ByteString[], counts: Uint32Array.of(1, 1), totals: NO_TOTALS} as const
      return save(encodeBranch({...top, ...columns(pages)}))
    })
    const target = join(place.folder, 'target')
    const {told} = await restoreTelling(repository, target).catch((error) => ({told: [error.code]}))
    t.true(told.join().endsWith('damaged-tree'), told.join())
    t.deepEqual(readdirSync(victim), [])
  })
})

const entryOf = (name: string, type: TreeEntry['type'], target?: string): TreeEntry => ({
  name: name as ByteString,
  type,
  mode: 0o755,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  sizeBytes: 0,
  mtimeNs: 0n,
  ctimeNs: 0n,
  references: {ids: new Uint8Array(0), lengths: new Uint32Array(0)},
  depth: 0,
  target: target as ByteString | undefined,
  error: undefined,
})

test('restore: what is below a folder that could not be made is left out and told, and never written through what is there', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const victim = join(place.folder, 'victim')
  mkdirSync(victim)
  // As on a file system to which `A` and `a` are one name: the folder meets the link.
  const items: RestoreItem[] = [
    ['a', entryOf('a', ENTRY_TYPE.link, victim)],
    ['a', entryOf('a', ENTRY_TYPE.directory)],
    ['a/below', entryOf('below', ENTRY_TYPE.directory)],
    ['a/below/link', entryOf('link', ENTRY_TYPE.link, 'x')],
    ['a/file', entryOf('file', ENTRY_TYPE.file)],
    ['ab', entryOf('ab', ENTRY_TYPE.file)],
  ].map(([path, entry]) => ({path: path as ByteString, entry: entry as TreeEntry}))
  await withRepository(place, async (repository) => {
    const told: string[] = []
    const emit = (event: RestoreEvent) => void (event.type === 'failed' && told.push(`${event.path} ${event.code}`))
    const target = join(place.folder, 'target')
    const plan = {isVacant: true, present: new Map(), failed: new Map(), otherMetadata: [], leftovers: []}
    const result = await restoreTree(
      repository,
      {
        target: target as ByteString,
        items: (async function* () {
          yield* items
        })(),
        plan,
        mayOverwrite: false,
        rootEntry: undefined,
        totals: {files: 2, bytes: 0},
      },
      {read: () => Promise.reject(new Error('nothing to read')), workers: WORKERS, signal: undefined, emit},
    )
    t.deepEqual(readdirSync(victim), [])
    t.deepEqual(told, ['a EEXIST', 'a/below EEXIST', 'a/below/link EEXIST', 'a/file EEXIST'])
    t.deepEqual([result.failed, result.files, result.directories, result.links], [4, 1, 0, 1])
    t.true(existsSync(join(target, 'ab')))
  })
})

test('restore: a file whose chunks are not as long as its size fails as damaged, and nothing of it is written', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  await withRepository(place, async (repository) => {
    await craftSnapshot(repository, place, (save, stored) => {
      const whole = {...file(), references: [stored]}
      const list = encodeChunkList({level: 1, ...columns([stored]), contentLengths: BigUint64Array.of(8n)})
      const listed = {...file(), references: [save(list)], depth: 1}
      const table = tableOf({empty: file(), good: whole, large: whole, listed, small: whole, wrong: listed})
      return save(encodeTreePage({...table, sizes: BigUint64Array.of(1_000_000n, 8n, 9n, 8n, 7n, 0n)}))
    })
    const expected = ['empty', 'large', 'small', 'wrong'].map((name) => `failed ${name} damaged-tree`)
    const {told, failed, files, bytes} = await restoreTelling(repository, target)
    t.deepEqual([told, failed, files, bytes], [expected, 4, 2, 16])
    t.deepEqual(readdirSync(target).sort(), ['good', 'listed'])
    for (const name of ['empty', 'large', 'small', 'wrong']) writeFileSync(join(target, name), 'before')
    t.is((await restoreTelling(repository, target, {overwrite: true})).failed, 4)
    for (const name of ['empty', 'large', 'small', 'wrong']) t.is(readFileSync(join(target, name), 'utf8'), 'before')
    t.is(readdirSync(target).length, 6)
  })
})
