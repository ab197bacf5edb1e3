/** What is built from a listing is read back by what reads stored trees. */
import test from 'ava'
import fc from 'fast-check'
import {DirectoryBuilder} from '../../src/engine/directory-builder.js'
import {ListingCursor} from '../../src/engine/listing-cursor.js'
import {ReferenceList} from '../../src/engine/reference-list.js'
import {saveDirectory, saveReferences} from '../../src/engine/tree-writer.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import type {ChunkReference} from '../../src/format/reference.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {readEntries, treeOf} from '../../src/snapshot/entries.js'
import {readContent, readTotals} from '../../src/snapshot/read-tables.js'
import {type ByteString, concatBytes, toHex} from '../../src/util/bytes.js'
import {columns, contentOf, StoredTrees} from '../snapshot/stored-trees.js'

const range = (references: readonly ChunkReference[]) => ({...columns(references), start: 0, count: references.length, depth: 0})

test('references: a list grows, is cut back, and gives copies that stay as they are', (t) => {
  const list = new ReferenceList()
  const all = Array.from({length: 1000}, (_, number) => contentOf(`${number}`))
  for (const {id, length} of all) list.add(id, length)
  const ids = list.takeIds()
  list.truncate(300)
  for (const {id} of all.slice(0, 10)) list.add(id, 7)
  t.deepEqual(ids, columns(all).ids)
  t.is(list.count, 310)
  t.deepEqual(list.takeIds(), columns([...all.slice(0, 300), ...all.slice(0, 10)]).ids)
  t.deepEqual(list.takeLengths(), Uint32Array.from([...columns(all.slice(0, 300)).lengths, ...new Array<number>(10).fill(7)]))
})

for (const count of [1, 1024, 1025, 5000, 300_000]) {
  test(`references: ${count} of one file are found again in their order`, async (t) => {
    const trees = new StoredTrees()
    const ids = Buffer.alloc(count * 32)
    for (let number = 0; number < count; number++) ids.writeUInt32LE(Math.imul(number, 0x9e3779b1) >>> 0, number * 32 + 28)
    const given = {ids, lengths: new Uint32Array(count).fill(5), start: 0, count, depth: 0}
    const saved = saveReferences(given, (bytes) => trees.save(bytes))
    t.true(saved.count <= 1024)
    t.is(saved.depth > 0, count > 1024)
    const found: Uint8Array[] = []
    for await (const part of readContent(trees.read, saved, saved.depth)) found.push(part.ids.slice())
    t.true(Buffer.compare(concatBytes(found), ids) === 0)
  })
}

const name = fc.string({unit: fc.constantFrom('a', 'b', '\u00ff', '-', '0'), minLength: 1, maxLength: 6}) as fc.Arbitrary<ByteString>
const content = fc.array(fc.string({maxLength: 5, minLength: 1}), {maxLength: 4})
const entry = fc.record({name, kind: fc.constantFrom('file', 'link', 'directory', 'unreadable'), content})

test('directory: entries filled in any order are read back with what is theirs', async (t) => {
  const entries = fc.uniqueArray(entry, {selector: (each) => each.name, maxLength: 30})
  await fc.assert(
    fc.asyncProperty(entries, fc.infiniteStream(fc.nat()), async (made, order) => {
      const trees = new StoredTrees()
      const builder = new DirectoryBuilder('/x' as ByteString, made.length)
      const sorted = made.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const types = {file: ENTRY_TYPE.file, link: ENTRY_TYPE.link, directory: ENTRY_TYPE.directory, unreadable: ENTRY_TYPE.file}
      const places = sorted.map((each) => builder.add(each.name, types[each.kind], undefined))
      const shuffled = places.map((place) => ({place, key: order.next().value as number})).toSorted((a, b) => a.key - b.key)
      for (const {place} of shuffled) {
        const {kind, content: texts} = sorted[place]
        const size = texts.join('').length
        if (kind === 'file') builder.setContent(place, BigInt(size), texts.length === 0 ? undefined : range(texts.map(contentOf)))
        else if (kind === 'link') builder.setTarget(place, `to ${sorted[place].name}` as ByteString)
        else if (kind === 'directory') builder.setTree(place, contentOf(`tree ${sorted[place].name}`), {...NO_TOTALS, files: 2, bytes: 10})
        else builder.addError(place, 'EACCES', 'permission denied')
      }
      const {reference, totals} = saveDirectory(builder, (bytes) => trees.save(bytes))
      let index = 0
      for await (const found of readEntries(trees.read, reference)) {
        const {name: expected, kind, content: texts} = sorted[index++]
        t.is(found.name, expected)
        if (kind === 'file') t.deepEqual(Buffer.from(found.references.ids), Buffer.from(columns(texts.map(contentOf)).ids))
        t.is(found.target, kind === 'link' ? (`to ${expected}` as ByteString) : undefined)
        t.is(treeOf(found) && toHex(treeOf(found)!.id), kind === 'directory' ? toHex(contentOf(`tree ${expected}`).id) : undefined)
        t.is(found.error?.code, kind === 'unreadable' ? 'EACCES' : undefined)
      }
      t.is(index, sorted.length)
      const count = (wanted: string): number => sorted.filter(({kind}) => kind === wanted).length
      const own = sorted.filter(({kind}) => kind === 'file').reduce((sum, {content: texts}) => sum + texts.join('').length, 0)
      const expectedTotals = {
        files: count('file') + count('unreadable') + 2 * count('directory'),
        directories: count('directory'),
        links: count('link'),
        others: 0,
        bytes: own + 10 * count('directory'),
        unreadable: count('unreadable'),
      }
      t.deepEqual(totals, expectedTotals)
      t.deepEqual(await readTotals(trees.read, reference), expectedTotals)
    }),
    {numRuns: 100},
  )
})

test('listing cursor: finds the names that are there, and no others, in pages of any size', async (t) => {
  const names = fc.uniqueArray(name, {maxLength: 40})
  await fc.assert(
    fc.asyncProperty(names, names, fc.integer({min: 1, max: 6}), async (stored, asked, perPage) => {
      const trees = new StoredTrees()
      const root = trees.pages(
        Object.fromEntries(['never asked', ...stored].map((each) => [each, {type: ENTRY_TYPE.file, references: [contentOf(each)]}])),
        perPage,
      )
      const cursor = new ListingCursor(trees.read, root, (error) => t.fail(error.message))
      const sorted = asked.toSorted((a, b) => (a < b ? -1 : 1))
      if (sorted.length > 0) await cursor.advance(sorted[0])
      for (const each of sorted) {
        if (cursor.mustAdvance(each)) await cursor.advance(each)
        const place = cursor.find(each)
        t.is(place >= 0, stored.includes(each), each)
        if (place < 0 || !cursor.table) continue
        t.is(cursor.table.names[place], each)
        const id = cursor.table.ids.subarray(cursor.firstReference * 32, cursor.firstReference * 32 + 32)
        t.is(toHex(id), toHex(contentOf(each).id))
        t.true(cursor.isTrusted)
      }
    }),
    {numRuns: 100},
  )
})

test('listing cursor: an entry that was not read well is not trusted', async (t) => {
  const trees = new StoredTrees()
  const bad = {type: ENTRY_TYPE.file, error: {code: 'ECHANGED', message: 'changed'}, references: [contentOf('x')]}
  const root = trees.page({a: {type: ENTRY_TYPE.file}, b: bad, c: {type: ENTRY_TYPE.file}})
  const cursor = new ListingCursor(trees.read, root, (error) => t.fail(error.message))
  await cursor.advance('a' as ByteString)
  const trusted = (['a', 'b', 'c'] as ByteString[]).map((each) => {
    cursor.find(each)
    return cursor.isTrusted
  })
  t.deepEqual(trusted, [true, false, true])
})
