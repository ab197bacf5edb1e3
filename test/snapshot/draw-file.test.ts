import test from 'ava'
import type {PocketError} from '../../src/errors.js'
import type {ChunkReference} from '../../src/format/reference.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {encodeBranch, encodeTreePage} from '../../src/format/tree.js'
import {type DrawWeight, FileDraw} from '../../src/snapshot/draw-file.js'
import type {ByteString} from '../../src/util/bytes.js'
import {seededRandom} from '../operations/seeded-random.js'
import {columns, contentOf, directory, file, link, type PlainEntry, StoredTrees, tableOf} from './stored-trees.js'

const DRAWS = 6000

/** A page of a folder with the totals that a writer gives it. */
function pageOf(trees: StoredTrees, entries: Record<string, PlainEntry>, totals: {files: number; bytes: number}): ChunkReference {
  return trees.save(encodeTreePage({...tableOf(entries), totals: {...NO_TOTALS, ...totals}}))
}

/** `a` has 1 file of 10 bytes, `b` 3 of 30, the root one of 100 and a link. */
function sample(trees: StoredTrees): ChunkReference {
  const content = (length: number): PlainEntry => file('x'.repeat(length))
  const a = pageOf(trees, {one: content(10)}, {files: 1, bytes: 10})
  const b = pageOf(trees, {one: content(30), three: content(30), two: content(30)}, {files: 3, bytes: 90})
  const root = {a: directory(a), b: directory(b), large: content(100), link: link('a')}
  return pageOf(trees, root, {files: 5, bytes: 200})
}

async function drawMany(trees: StoredTrees, root: ChunkReference, weight: DrawWeight): Promise<Map<string, number>> {
  const damage: PocketError[] = []
  const draw = new FileDraw({read: trees.read, random: seededRandom(1), onDamage: (_path, error) => damage.push(error)})
  const counts = new Map<string, number>()
  for (let number = 0; number < DRAWS; number++) {
    const drawn = await draw.draw(root, weight)
    if (drawn) counts.set(drawn.path, (counts.get(drawn.path) ?? 0) + 1)
  }
  return counts
}

for (const [weight, expected] of [
  ['files', {'a/one': 0.2, 'b/one': 0.2, 'b/three': 0.2, 'b/two': 0.2, large: 0.2}],
  ['bytes', {'a/one': 0.05, 'b/one': 0.15, 'b/three': 0.15, 'b/two': 0.15, large: 0.5}],
] as const) {
  test(`draw file: by ${weight}, each is drawn as often as its weight says`, async (t) => {
    const trees = new StoredTrees()
    const counts = await drawMany(trees, sample(trees), weight)
    t.deepEqual([...counts.keys()].sort(), Object.keys(expected).sort())
    for (const [path, share] of Object.entries(expected)) {
      const found = (counts.get(path) ?? 0) / DRAWS
      t.true(Math.abs(found - share) < 0.02, `${path}: ${found}`)
    }
  })
}

test('draw file: of many folders side by side a draw reads a few, and each comes up as often as the others', async (t) => {
  const trees = new StoredTrees()
  const entries: Record<string, PlainEntry> = {}
  for (let number = 100; number < 300; number++) {
    entries[String(number)] = directory(pageOf(trees, {[`file-${number}`]: file(`content ${number}`)}, {files: 1, bytes: 11}))
  }
  const root = pageOf(trees, entries, {files: 200, bytes: 2200})
  const draw = new FileDraw({read: trees.read, random: seededRandom(1), onDamage: () => t.fail()})
  await draw.draw(root, 'files')
  t.true(trees.reads <= 20, String(trees.reads))
  const counts = await drawMany(trees, root, 'bytes')
  t.is(counts.size, 200)
  t.true(Math.max(...counts.values()) < 70, String(Math.max(...counts.values())))
})

test('draw file: finds its way through folders that are parted into pages', async (t) => {
  const trees = new StoredTrees()
  const root = trees.save(
    encodeTreePage({
      ...tableOf({folder: directory(pagesOf(trees))}),
      totals: {...NO_TOTALS, files: 8, bytes: 8, directories: 1},
    }),
  )
  const counts = await drawMany(trees, root, 'files')
  t.true([...counts.keys()].every((path) => path.startsWith('folder/file-')))
  t.is(counts.size, 8)
})

/** Totals are none of a plain tree's, so that they are set here. */
function pagesOf(trees: StoredTrees): ChunkReference {
  const children = [0, 4].map((first) => {
    const names = [0, 1, 2, 3].map((number) => `file-${first + number}`)
    const reference = pageOf(trees, Object.fromEntries(names.map((name) => [name, file(name[5])])), {files: 4, bytes: 4})
    return {first: names[0], reference}
  })
  return trees.save(
    encodeBranch({
      level: 1,
      firsts: children.map(({first}) => first as ByteString),
      counts: Uint32Array.of(4, 4),
      ...columns(children.map(({reference}) => reference)),
      totals: {...NO_TOTALS, files: 8, bytes: 8},
    }),
  )
}

test('draw file: a page that is lost is told once, by its path, and the others are drawn from', async (t) => {
  const trees = new StoredTrees()
  const whole = pageOf(trees, {one: file('1')}, {files: 1, bytes: 1})
  const root = pageOf(trees, {lost: directory(contentOf('never saved')), whole: directory(whole)}, {files: 2, bytes: 2})
  const told: string[] = []
  const draw = new FileDraw({read: trees.read, random: seededRandom(1), onDamage: (path, {code}) => told.push(`${path} ${code}`)})
  for (let number = 0; number < 20; number++) t.is((await draw.draw(root, 'files'))?.path, 'whole/one' as ByteString)
  t.deepEqual(told, ['lost chunk-missing'])
})
