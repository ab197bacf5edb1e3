import test from 'ava'
import fc from 'fast-check'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {branchBoundaries, chunkListBoundaries, fnv1a32, leafBoundaries, MAX_SINGLE_PAGE_BYTES, splitTable} from '../../src/format/split.js'
import {decodeTreePage, encodeTreePage, type TreeTable} from '../../src/format/tree.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {type ByteString, toByteString} from '../../src/util/bytes.js'
import {tables} from './arbitrary-records.js'
import {exampleTable} from './examples.js'
import {filesTable} from './large-table.js'
import {plain} from './plain.js'

const PAGE_LONGEST = 1024 * 1024
const totalsOf = () => ({...NO_TOTALS})

/** Ids whose last four bytes are a plain pseudo-random number. */
function randomIds(count: number, seed: number): Uint8Array {
  const words = new Uint32Array(count * 8)
  let state = seed
  for (let index = 7; index < words.length; index += 8) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words[index] = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0
  }
  return new Uint8Array(words.buffer)
}

function lengthsOf(ends: readonly number[]): number[] {
  return ends.map((end, index) => end - (ends[index - 1] ?? 0))
}

test('split: fnv1a32 gives the published values', (t) => {
  t.is(fnv1a32('' as ByteString), 0x811c9dc5)
  t.is(fnv1a32('a' as ByteString), 0xe40c292c)
  t.is(fnv1a32('foobar' as ByteString), 0xbf9cf968)
})

test('split: a directory that fits a single page stays whole, one entry more may cut it', (t) => {
  const entryBytes = 49 + 36 + 7
  const most = Math.floor(MAX_SINGLE_PAGE_BYTES / entryBytes)
  const nameOf = (index: number) => `n${String(index).padStart(6, '0')}`
  t.deepEqual(leafBoundaries(filesTable(most, nameOf)), [most])
  t.true(leafBoundaries(filesTable(most + 1, nameOf)).length > 1)
  t.deepEqual(leafBoundaries(filesTable(0, nameOf)), [0])
})

const namings: [what: string, nameOf: (index: number) => string][] = [
  ['counted', (index) => `IMG_${String(index).padStart(6, '0')}.jpg`],
  ['plain numbers', String],
  ['hexadecimal', (index) => (Math.imul(index, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')],
]

for (const [what, nameOf] of namings) {
  test(`split: ${what}: pages of a large directory are neither tiny nor huge`, (t) => {
    const ends = leafBoundaries(filesTable(100_000, nameOf))
    const lengths = lengthsOf(ends)
    t.is(ends.at(-1), 100_000)
    for (const length of lengths.slice(0, -1)) t.true(length > 600 && length < 13_000, `${length}`)
    const average = 100_000 / ends.length
    t.true(average > 1500 && average < 6000, `${average} entries a page`)
  })
}

test('split: one file more changes one page or two', (t) => {
  const nameOf = (index: number) => `IMG_${String(index).padStart(6, '0')}.jpg`
  const before = pagesOf(filesTable(60_000, nameOf))
  for (const added of ['IMG_000000.jpg.old', 'IMG_031415b.jpg', 'IMG_059999.png']) {
    const after = pagesOf(filesTable(60_001, (index) => (index === 60_000 ? added : nameOf(index))))
    const fresh = after.filter((page) => !before.includes(page))
    t.true(fresh.length <= 2, `${fresh.length} of ${after.length} pages after adding ${added}`)
  }
})

test('split: a page is never above 1 MiB and one entry, however many chunks its files have', (t) => {
  const table = filesTable(2000, (index) => `disk-${String(index).padStart(5, '0')}.img`)
  const counts = new Uint32Array(2000).fill(1024)
  const large: TreeTable = {
    ...table,
    counts,
    ids: randomIds(2000 * 1024, 1),
    lengths: new Uint32Array(2000 * 1024).fill(9),
  }
  const pages = splitTable(large, leafBoundaries(large), totalsOf).map(encodeTreePage)
  for (const page of pages) t.true(page.length < PAGE_LONGEST + 64 * 1024, `${page.length}`)
})

test('split: the targets of links count too', (t) => {
  const table = filesTable(1000, (index) => `link-${index}`)
  const links: TreeTable = {
    ...table,
    types: new Uint8Array(1000).fill(ENTRY_TYPE.link),
    counts: new Uint32Array(1000),
    ids: new Uint8Array(0),
    lengths: new Uint32Array(0),
    targets: Array.from({length: 1000}, () => 'x'.repeat(4000) as ByteString),
  }
  const pages = splitTable(links, leafBoundaries(links), totalsOf).map(encodeTreePage)
  t.true(pages.length > 3)
  for (const page of pages) t.true(page.length < PAGE_LONGEST + 8192)
})

test('split: branches are cut by the same rule, and every level has fewer pages', (t) => {
  const firsts = Array.from({length: 200_000}, (_, index) => toByteString(`n${String(index).padStart(9, '0')}`))
  const ends = branchBoundaries(firsts)
  t.true(ends.length > 1 && ends.length < 200)
  t.is(ends.at(-1), firsts.length)
  const roots = branchBoundaries(ends.map((_, index) => firsts[ends[index - 1] ?? 0]))
  t.deepEqual(roots, [ends.length])
})

test('split: a table is cut into tables that hold the same, references, targets and errors with their entries', (t) => {
  fc.assert(
    fc.property(tables, fc.array(fc.nat(8), {maxLength: 3}), (table, cuts) => {
      const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < table.length), table.length])].sort((a, b) => a - b)
      const pages = splitTable(table, ends, totalsOf)
      for (const page of pages) t.notThrows(() => encodeTreePage(page))
      t.deepEqual(plain(joined(pages)), plain(joined([table])))
    }),
    {numRuns: 200},
  )
})

test('split: errors go with their entries also when they are not in order', (t) => {
  const errors = [5, 0, 3, 5].map((index) => ({index, code: 'EIO', message: `of ${index}`}))
  const pages = splitTable({...exampleTable, errors}, [3, 6], totalsOf)
  t.deepEqual(
    pages.map((page) => page.errors.map(({index, message}) => [index, message])),
    [
      [[0, 'of 0']],
      [
        [0, 'of 3'],
        [2, 'of 5'],
        [2, 'of 5'],
      ],
    ],
  )
  t.is(errors.length, 4)
})

test('split: half a million entries are split, encoded and decoded in about a second at most', (t) => {
  const table = filesTable(500_000, (index) => `file-${index}.jpg`)
  const start = performance.now()
  const pages = splitTable(table, leafBoundaries(table), totalsOf).map(encodeTreePage)
  const total = pages.map(decodeTreePage).reduce((sum, page) => sum + (page.level === 0 ? page.table.length : 0), 0)
  const elapsed = performance.now() - start
  t.is(total, 500_000)
  t.true(elapsed < 2500, `${elapsed} ms`)
})

test('split: chunk lists have 256 to 4096 references, the last perhaps fewer', (t) => {
  const ends = chunkListBoundaries(randomIds(200_000, 5))
  const lengths = lengthsOf(ends)
  t.is(ends.at(-1), 200_000)
  for (const length of lengths.slice(0, -1)) t.true(length >= 256 && length <= 4096, `${length}`)
  t.true(lengths.some((length) => length === 4096))
  t.true(lengths.some((length) => length < 4096))
})

test('split: chunks put in at the beginning of a file change one list or two', (t) => {
  const ids = randomIds(100_000, 9)
  const shifted = Buffer.concat([randomIds(7, 77), ids])
  const listsOf = (all: Uint8Array) =>
    chunkListBoundaries(all).map((end, index, ends) => Buffer.from(all.subarray((ends[index - 1] ?? 0) * 32, end * 32)).toString('hex'))
  const before = new Set(listsOf(ids))
  const fresh = listsOf(shifted).filter((list) => !before.has(list))
  t.true(fresh.length <= 4, `${fresh.length}`)
})

test('split: a file of one chunk over and over has lists that are all alike', (t) => {
  const zeros = new Uint8Array(100_000 * 32)
  t.deepEqual(new Set(lengthsOf(chunkListBoundaries(zeros)).slice(0, -1)), new Set([256]))
  const others = new Uint8Array(100_000 * 32).fill(1)
  t.deepEqual(new Set(lengthsOf(chunkListBoundaries(others)).slice(0, -1)), new Set([4096]))
  t.deepEqual(chunkListBoundaries(new Uint8Array(0)), [])
})

function pagesOf(table: TreeTable): string[] {
  const ends = leafBoundaries(table)
  return lengthsOf(ends).map((length, index) => table.names.slice(ends[index] - length, ends[index]).join('/'))
}

/** The pages as one table again, without totals. */
function joined(pages: readonly TreeTable[]): unknown {
  let start = 0
  const errors = pages.flatMap((page) => {
    const moved = page.errors.map((error) => ({...error, index: error.index + start}))
    start += page.length
    return moved
  })
  const columns = ['types', 'modes', 'uids', 'gids', 'sizes', 'mtimes', 'ctimes', 'inodes', 'counts', 'depths', 'ids', 'lengths'] as const
  return {
    names: pages.flatMap((page) => page.names),
    targets: pages.flatMap((page) => page.targets),
    errors,
    owners: pages[0]?.owners,
    extras: pages[0]?.extras,
    ...Object.fromEntries(columns.map((column) => [column, pages.flatMap((page) => Array.from<number | bigint>(page[column]))])),
  }
}
