import test from 'ava'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import type {SnapshotRecord} from '../../src/format/snapshot-record.js'
import {entriesOf, findPath, readEntries, treeOf} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {rejectsWith} from '../backend/objects.js'
import {exampleSnapshot} from '../format/examples.js'
import {plain} from '../format/plain.js'
import {columns, contentOf, directory, file, link, StoredTrees, tableOf} from './stored-trees.js'

test("entries: each has its own references, target and error, and no other's", (t) => {
  const denied = {code: 'EACCES', message: 'permission denied'}
  const tree = contentOf('tree')
  const entries = [
    ...entriesOf(
      tableOf({
        a: file('one', 'two'),
        b: link('a'),
        c: file(),
        d: {...file(), error: denied},
        e: directory(tree),
        f: link('e'),
        g: file('three'),
        h: {type: ENTRY_TYPE.unknown, error: denied},
      }),
    ),
  ]
  t.deepEqual(entries.map(({name}) => name).join(''), 'abcdefgh')
  t.deepEqual(
    entries.map(({references}) => references.lengths.length),
    [2, 0, 0, 0, 1, 0, 1, 0],
  )
  t.deepEqual(plain(entries[0].references), plain(columns([contentOf('one'), contentOf('two')])))
  t.deepEqual(plain(entries[6].references), plain(columns([contentOf('three')])))
  t.deepEqual(
    entries.map(({target}) => target),
    [undefined, 'a', undefined, undefined, undefined, 'e', undefined, undefined] as ByteString[],
  )
  t.deepEqual(
    entries.map(({error}) => error?.code),
    [undefined, undefined, undefined, 'EACCES', undefined, undefined, undefined, 'EACCES'],
  )
  t.deepEqual(
    entries.map(({sizeBytes}) => sizeBytes),
    [6, 0, 0, 0, 4, 0, 5, 0],
  )
  t.like(entries[6], {mode: 0o644, uid: 1000, gid: 100, mtimeNs: 6n, ctimeNs: 7n, depth: 0})
  t.deepEqual(plain(treeOf(entries[4])), plain(tree))
  t.deepEqual([treeOf(entries[0]), treeOf(entries[6])], [undefined, undefined])
})

test('entries: those of all pages are given in the order of names', async (t) => {
  const trees = new StoredTrees()
  const names = Array.from({length: 20}, (_, number) => String.fromCharCode(97 + number))
  const root = trees.pages(Object.fromEntries(names.map((name) => [name, file(name)])), 3)
  const read: string[] = []
  for await (const {name, references} of readEntries(trees.read, root)) {
    read.push(name)
    t.deepEqual(plain(references), plain(columns([contentOf(name)])))
  }
  t.deepEqual(read, names)
})

/** A snapshot of `/home/ana` with `mail/in/1`, `mail/link`, `locked` (unreadable) and `Zoë`. */
function fixture() {
  const trees = new StoredTrees()
  const inbox = trees.pages({1: file('one'), 2: file('two'), 3: file('three')}, 1)
  const mail = trees.page({in: directory(inbox), link: link('in')})
  const root = trees.page({mail: directory(mail), locked: directory(undefined), 'Zo\u00c3\u00ab': file('name')})
  const record: SnapshotRecord = {...exampleSnapshot, base: '/home/ana' as ByteString, root}
  const find = (path: string | undefined) => findPath(trees.read, record, path as ByteString | undefined)
  return {root, find}
}

test('path: nothing, the base and what only leads to it name the root', async (t) => {
  const {root, find} = fixture()
  for (const path of [undefined, '', '/home/ana', '/home/ana/', '//home/./ana', '.', './']) {
    t.deepEqual(await find(path), {isRoot: true, root}, path)
  }
})

test('path: an entry is found from the base or from the root of the system', async (t) => {
  const {find} = fixture()
  for (const path of ['mail/in/2', '/home/ana/mail/in/2', './mail//in/./2/', 'mail/in/2/']) {
    const found = await find(path)
    t.like(found, {isRoot: false, parents: ['mail', 'in'] as ByteString[]}, path)
    t.is(found.isRoot ? '' : found.entry.name, '2')
  }
  t.like(await find('Zo\u00c3\u00ab'), {isRoot: false})
  t.like(await find('mail'), {isRoot: false, parents: []})
  t.like(await find('mail/link'), {isRoot: false})
})

test('path: what is not there is missing, and the message says from where on', async (t) => {
  const {find} = fixture()
  await rejectsWith(t, find('mail/out/1'), 'path-missing')
  t.is((await t.throwsAsync(find('mail/out/1')))?.message, "there is no 'mail/out' in this snapshot")
  await rejectsWith(t, find('../ana/mail'), 'path-missing')
  await rejectsWith(t, find('MAIL'), 'path-missing')
})

test('path: an absolute one outside the base is missing, not one of the same name below it', async (t) => {
  const {find} = fixture()
  for (const path of ['/', '/home', '/mail', '/home/anabel', '/home/ana2/mail']) await rejectsWith(t, find(path), 'path-missing')
})

test('path: nothing lies below a file, a link or a folder that could not be read', async (t) => {
  const {find} = fixture()
  for (const path of ['mail/in/1/x', 'mail/link/1', 'locked/x']) await rejectsWith(t, find(path), 'not-a-directory')
  t.is((await t.throwsAsync(find('mail/in/1/x')))?.message, "'mail/in/1' is not a folder in this snapshot")
})
