import test from 'ava'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {decodeMap, encodeMap, type PlainMap} from '../../src/format/msgpack.js'
import {decodeTreePage, encodeBranch, encodeTreePage, type TreeBranch, type TreeTable} from '../../src/format/tree.js'
import {type ByteString, bytesToByteString} from '../../src/util/bytes.js'
import {exampleBranch, exampleTable, idsOf} from './examples.js'
import {filesTable} from './large-table.js'

const emptyTotals = {files: 0, directories: 0, links: 0, others: 0, bytes: 0, unreadable: 0}

function tableOf(bytes: Uint8Array): TreeTable {
  const page = decodeTreePage(bytes)
  if (page.level !== 0) throw new Error('expected a page of entries')
  return page.table
}

/** The page of `exampleTable` with other values under some keys, past the encoder's own checks. */
function pageWith(change: PlainMap): Uint8Array {
  return encodeMap({...decodeMap(encodeTreePage(exampleTable), 'damaged-tree'), ...change})
}

function namesOf(...names: string[]): Uint8Array {
  return Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1')
}

test('tree: an empty directory is a page without entries', (t) => {
  const table = tableOf(encodeTreePage({...filesTable(0, String), totals: emptyTotals}))
  t.is(table.length, 0)
  t.deepEqual(table.names, [])
  t.deepEqual(table.targets, [])
})

test('tree: a name may hold every byte but NUL and the slash', (t) => {
  const bytes = Uint8Array.from({length: 255}, (_, index) => index + 1).filter((byte) => byte !== 0x2f)
  const name = bytesToByteString(bytes)
  const table = {...filesTable(1, String), names: [name]}
  t.deepEqual(tableOf(encodeTreePage(table)).names, [name])
})

test('tree: names are in the order of their bytes, capitals first, UTF-8 last', (t) => {
  const names = ['Z', 'a', 'a.b', 'ab', '\xc3\xab', '\xff'] as ByteString[]
  t.deepEqual(tableOf(encodeTreePage({...filesTable(6, String), names})).names, names)
})

const badNames: [what: string, ...names: string[]][] = [
  ['not sorted', 'b', 'a', 'c', 'd', 'e', 'f'],
  ['twice there', 'a', 'a', 'c', 'd', 'e', 'f'],
  ['empty', '', 'b', 'c', 'd', 'e', 'f'],
  ['a dot', '.', 'b', 'c', 'd', 'e', 'f'],
  ['two dots', '..', 'b', 'c', 'd', 'e', 'f'],
  ['a path', 'a', 'b', 'c/../../etc', 'd', 'e', 'f'],
  ['one too few', 'a', 'b', 'c', 'd', 'e'],
  ['one too many', 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
]

for (const [what, ...names] of badNames) {
  test(`tree: a name that is ${what} is damaged-tree, written or read`, (t) => {
    t.throws(() => decodeTreePage(pageWith({names: namesOf(...names)})), {code: 'damaged-tree'})
    t.throws(() => encodeTreePage({...exampleTable, names: names as ByteString[]}), {code: 'damaged-tree'})
  })
}

test('tree: a name with a NUL in it cannot be written', (t) => {
  const names = exampleTable.names.with(1, 'b\0c' as ByteString)
  t.throws(() => encodeTreePage({...exampleTable, names}), {code: 'damaged-tree'})
})

test('tree: names without the NUL at their end are damaged-tree', (t) => {
  const names = namesOf('a', 'b', 'c', 'd', 'e', 'f').subarray(0, -1)
  t.throws(() => decodeTreePage(pageWith({names})), {code: 'damaged-tree'})
})

const badTables: [what: string, change: Partial<TreeTable>][] = [
  ['an unknown type', {types: exampleTable.types.with(0, 8)}],
  ['a mode beyond 07777', {modes: exampleTable.modes.with(0, 0o10000)}],
  ['a column that is too short', {uids: exampleTable.uids.subarray(1)}],
  ['a column that is too long', {depths: new Uint8Array(7)}],
  ['two references of a directory', {counts: Uint32Array.of(0, 0, 0, 0, 2, 1), depths: new Uint8Array(6)}],
  ['a reference of a link', {counts: Uint32Array.of(0, 1, 0, 1, 0, 1)}],
  ['a reference of what could not be stat-ed', {counts: Uint32Array.of(0, 1, 1, 0, 0, 1)}],
  ['a depth without references', {depths: Uint8Array.of(1, 1, 0, 0, 0, 0)}],
  ['a depth of a directory', {depths: Uint8Array.of(0, 1, 0, 0, 1, 0)}],
  ['a depth that nothing has', {depths: Uint8Array.of(0, 9, 0, 0, 0, 0)}],
  ['fewer references than counted', {counts: Uint32Array.of(1, 1, 0, 0, 1, 1)}],
  ['more references than counted', {counts: Uint32Array.of(0, 1, 0, 0, 1, 0)}],
  ['counts that overflow', {counts: Uint32Array.of(0xffff_ffff, 4, 0, 0, 0, 0)}],
  ['a reference without its length', {lengths: Uint32Array.of(1, 2)}],
  ['an empty chunk', {lengths: Uint32Array.of(1, 0, 2)}],
  ['a link without its target', {targets: []}],
  ['a target without its link', {targets: ['a', 'b'] as ByteString[]}],
  ['an error of an entry that is not there', {errors: [{index: 6, code: 'EIO', message: ''}]}],
  ['an error of an entry before the first', {errors: [{index: -1, code: 'EIO', message: ''}]}],
]

for (const [what, change] of badTables) {
  test(`tree: ${what} cannot be written`, (t) => {
    t.throws(() => encodeTreePage({...exampleTable, ...change}), {code: 'damaged-tree'})
  })
}

test('tree: the same is refused when it is read', (t) => {
  t.notThrows(() => decodeTreePage(pageWith({})))
  for (const [change, what] of [
    [{types: Uint8Array.of(1, 1, 0, 3, 2, 8)}, 'type'],
    [{modes: new Uint8Array(12).fill(0xff)}, 'modes'],
    [{counts: new Uint8Array(24)}, 'counts'],
    [{depths: Uint8Array.of(1, 1, 0, 0, 0, 0)}, 'depths'],
    [{ids: idsOf(1, 2)}, 'ids'],
    [{lengths: new Uint8Array(12)}, 'lengths'],
    [{targets: new Uint8Array(0)}, 'targets'],
    [{errors: [[6, 'EIO', '']]}, 'errors'],
    [{totals: [1, 2, 3, 4, 5]}, 'totals'],
    [{totals: [1, 2, 3, 4, 5, -1]}, 'totals below zero'],
  ] as [PlainMap, string][]) {
    t.throws(() => decodeTreePage(pageWith(change)), {code: 'damaged-tree'}, what)
  }
})

test('tree: a page of a later version is format-too-new', (t) => {
  t.throws(() => decodeTreePage(pageWith({tree: 2})), {code: 'format-too-new'})
})

test('tree: extras of a later version are kept', (t) => {
  const extras = {attributes: [[0, 'user.x', 'y']]}
  t.deepEqual(tableOf(encodeTreePage({...exampleTable, extras})).extras, extras)
})

test('tree: times before 1970 and the largest inode survive', (t) => {
  const {mtimes, inodes} = tableOf(encodeTreePage(exampleTable))
  t.is(mtimes[1], -1n)
  t.is(inodes[5], 2n ** 64n - 1n)
})

const badBranches: [what: string, change: Partial<TreeBranch>][] = [
  ['no children', {firsts: [], counts: new Uint32Array(0), ids: new Uint8Array(0), lengths: new Uint32Array(0)}],
  ['names that are not sorted', {firsts: ['b', 'a'] as ByteString[]}],
  ['the same name twice', {firsts: ['a', 'a'] as ByteString[]}],
  ['an empty name', {firsts: ['', 'a'] as ByteString[]}],
  ['a child without entries', {counts: Uint32Array.of(1, 0)}],
  ['an empty chunk', {lengths: Uint32Array.of(1, 0)}],
  ['columns of unequal length', {counts: Uint32Array.of(1)}],
]

for (const [what, change] of badBranches) {
  test(`branch: ${what} cannot be written`, (t) => {
    t.throws(() => encodeBranch({...exampleBranch, ...change}), {code: 'damaged-tree'})
  })
}

test('branch: a level above 8 is damaged-tree', (t) => {
  const map = decodeMap(encodeBranch(exampleBranch), 'damaged-tree')
  t.is(decodeTreePage(encodeMap({...map, level: 8})).level, 8)
  t.throws(() => decodeTreePage(encodeMap({...map, level: 9})), {code: 'damaged-tree'})
})

test('tree: half a million entries are encoded and decoded', (t) => {
  const table = filesTable(500_000, (index) => `file-${index}.jpg`)
  const decoded = tableOf(encodeTreePage(table))
  t.is(decoded.length, 500_000)
  t.is(decoded.types[499_999], ENTRY_TYPE.file)
})
