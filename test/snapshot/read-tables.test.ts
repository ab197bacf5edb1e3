import test from 'ava'
import fc from 'fast-check'
import type {ChunkReference} from '../../src/format/reference.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {type BranchLevel, encodeBranch} from '../../src/format/tree.js'
import {findTable, readContent, readTables, readTotals, referenceAt, type References} from '../../src/snapshot/read-tables.js'
import {type ByteString, concatBytes} from '../../src/util/bytes.js'
import {rejectsWith} from '../backend/objects.js'
import {columns, contentOf, file, StoredTrees} from './stored-trees.js'

const name = fc.string({unit: fc.constantFrom('a', 'b', '\u00e9', '\u00ff', '-', '0'), minLength: 1, maxLength: 5})

test('tables: a directory parted into pages, however many levels, is read whole and in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, {minLength: 1, maxLength: 60}),
      fc.integer({min: 1, max: 9}),
      fc.integer({min: 2, max: 4}),
      async (names, perPage, perBranch) => {
        const trees = new StoredTrees()
        const root = trees.pages(Object.fromEntries(names.map((each) => [each, file(each)])), perPage, perBranch)
        const read: string[] = []
        for await (const table of readTables(trees.read, root)) read.push(...table.names)
        t.deepEqual(
          read,
          names.toSorted((a, b) => (a < b ? -1 : 1)),
        )
      },
    ),
    {numRuns: 60},
  )
})

test('tables: the page that would hold a name is found, whether the name is there or not', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, {minLength: 1, maxLength: 40}),
      name,
      fc.integer({min: 1, max: 5}),
      async (names, wanted, perPage) => {
        const trees = new StoredTrees()
        const root = trees.pages(Object.fromEntries(names.map((each) => [each, file(each)])), perPage)
        for (const each of names) t.true((await findTable(trees.read, root, each as ByteString)).names.includes(each as ByteString))
        t.is((await findTable(trees.read, root, wanted as ByteString)).names.includes(wanted as ByteString), names.includes(wanted))
      },
    ),
    {numRuns: 60},
  )
})

test('tables: an empty directory is one empty page', async (t) => {
  const trees = new StoredTrees()
  const tables = []
  for await (const table of readTables(trees.read, trees.page({}))) tables.push(table.length)
  t.deepEqual(tables, [0])
})

test('tables: totals are read from the root page alone', async (t) => {
  const trees = new StoredTrees()
  const root = trees.pages(Object.fromEntries(Array.from({length: 8}, (_, number) => [`${number}`, file('x')])), 2)
  t.is((await readTotals(trees.read, root)).files, 2)
  t.is(trees.reads, 1)
  t.is((await readTotals(trees.read, trees.page({a: file('x')}))).files, 1)
})

test('tables: a missing page is an error, and so is a chunk that is no page', async (t) => {
  const trees = new StoredTrees()
  await rejectsWith(t, readTables(trees.read, contentOf('x')).next(), 'chunk-missing')
  await rejectsWith(t, readTables(trees.read, trees.save(Buffer.from('x'))).next(), 'damaged-tree')
  await rejectsWith(t, readTables(trees.read, trees.list(1, [contentOf('x')])).next(), 'damaged-tree')
})

test('tables: pages of one folder that contradict each other are damaged', async (t) => {
  const trees = new StoredTrees()
  const low = (...names: string[]) => trees.page(Object.fromEntries(names.map((each) => [each, file(each)])))
  const branch = (level: number, firsts: string[], children: ChunkReference[]) => {
    const counts = new Uint32Array(children.length).fill(1)
    const page = {level: level as BranchLevel, firsts: firsts as ByteString[], counts, totals: NO_TOTALS}
    return trees.save(encodeBranch({...page, ...columns(children)}))
  }
  const readAll = async (root: ChunkReference) => {
    const names: string[] = []
    for await (const table of readTables(trees.read, root)) names.push(...table.names)
    return names
  }
  t.deepEqual(await readAll(branch(1, ['a', 'c'], [low('a', 'b'), low('c')])), ['a', 'b', 'c'])
  const contradictions = {
    'a name twice': branch(1, ['a', 'b'], [low('a', 'b'), low('b')]),
    'not ascending': branch(1, ['a', 'b'], [low('a', 'c'), low('b')]),
    'not ascending across branches': branch(2, ['a', 'b'], [branch(1, ['a'], [low('a', 'c')]), branch(1, ['b'], [low('b')])]),
    'another first name': branch(1, ['a', 'b'], [low('a'), low('c')]),
    'another first name of a branch': branch(2, ['a', 'b'], [branch(1, ['a'], [low('a')]), branch(1, ['c'], [low('c')])]),
    'an empty page': branch(1, ['a', 'b'], [low('a'), low()]),
    'a level left out': branch(2, ['a', 'c'], [low('a'), low('c')]),
  }
  for (const [what, root] of Object.entries(contradictions)) {
    const error = await t.throwsAsync(readAll(root), undefined, what)
    t.like(error, {code: 'damaged-tree'}, what)
  }
  await rejectsWith(t, findTable(trees.read, contradictions['another first name'], 'c' as ByteString), 'damaged-tree')
  await rejectsWith(t, findTable(trees.read, contradictions['a level left out'], 'a' as ByteString), 'damaged-tree')
})

async function collectContent(trees: StoredTrees, references: References, depth: number): Promise<Uint8Array> {
  const ids: Uint8Array[] = []
  for await (const part of readContent(trees.read, references, depth)) ids.push(part.ids)
  return concatBytes(ids)
}

test('content: references are given in the order of the file, however deep their lists', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({min: 1, max: 50}), fc.nat(3), async (count, depth) => {
      const trees = new StoredTrees()
      const chunks = Array.from({length: count}, (_, number) => contentOf(`chunk ${number}`))
      let top: ChunkReference[] = chunks
      for (let level = 1; level <= depth; level++) {
        const lower = top
        top = Array.from({length: Math.ceil(lower.length / 3)}, (_, part) => trees.list(level, lower.slice(part * 3, part * 3 + 3)))
      }
      t.deepEqual(await collectContent(trees, columns(top), depth), columns(chunks).ids)
    }),
    {numRuns: 40},
  )
})

test('content: a list of another level than its place is damaged', async (t) => {
  const trees = new StoredTrees()
  const low = trees.list(1, [contentOf('x')])
  await rejectsWith(t, collectContent(trees, columns([low]), 2), 'damaged-tree')
  await rejectsWith(t, collectContent(trees, columns([trees.list(2, [low])]), 1), 'damaged-tree')
})

test('content: a reference beyond those of the page is damaged', (t) => {
  t.like(
    t.throws(() => referenceAt(columns([contentOf('x')]), 1)),
    {code: 'damaged-tree'},
  )
  t.deepEqual(referenceAt(columns([contentOf('x'), contentOf('yz')]), 1), {id: Uint8Array.from(contentOf('yz').id), length: 2})
})
