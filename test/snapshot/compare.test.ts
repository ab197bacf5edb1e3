import test from 'ava'
import fc from 'fast-check'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {type ChangeType, type ComparedEntry, compareTrees, type SameContent} from '../../src/snapshot/compare.js'
import type {ByteString} from '../../src/util/bytes.js'

/** A file by its content, a link by its target, or a folder. */
interface Folder {
  [name: string]: Thing
}
type Thing = {content: string; mode?: number} | {target: string} | {folder: Folder; mode?: number}

interface Listed extends ComparedEntry {
  content: string | undefined
}

/** A side of a comparison; with fingerprints, folders of equal content have equal ones. */
async function* sideOf(folder: Folder, hasFingerprints: boolean, onList = (): void => undefined): AsyncGenerator<Listed, void> {
  onList()
  for (const [name, thing] of Object.entries(folder).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const below = 'folder' in thing ? thing.folder : undefined
    const content = 'content' in thing ? thing.content : undefined
    yield {
      name: name as ByteString,
      type: below ? ENTRY_TYPE.directory : content === undefined ? ENTRY_TYPE.link : ENTRY_TYPE.file,
      mode: ('mode' in thing && thing.mode) || 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: content?.length ?? 0,
      mtimeNs: 0n,
      target: 'target' in thing ? (thing.target as ByteString) : undefined,
      content,
      fingerprint: below && hasFingerprints ? Buffer.from(JSON.stringify(sorted(below))) : undefined,
      list: () => sideOf(below ?? {}, hasFingerprints, onList),
    }
  }
}

function sorted(folder: Folder): unknown {
  return Object.entries(folder)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, thing]) => [name, 'folder' in thing ? {...thing, folder: sorted(thing.folder)} : thing])
}

const sameContent: SameContent = (a, b) => Promise.resolve((a as Listed).content === (b as Listed).content)

async function compare(before: Folder, after: Folder, hasFingerprints = true): Promise<[string, ChangeType][]> {
  const changes: [string, ChangeType][] = []
  const sides = {before: sideOf(before, hasFingerprints), after: sideOf(after, hasFingerprints), sameContent}
  for await (const {path, change} of compareTrees({onUnknown: () => undefined, ...sides})) changes.push([path, change])
  return changes
}

test('compare: tells what was added, removed, changed in content or metadata, in the order of names', async (t) => {
  const before: Folder = {a: {content: '1'}, b: {content: '2'}, c: {content: '3'}, d: {content: '4'}, l: {target: 'a'}, m: {target: 'a'}}
  const after: Folder = {
    a: {content: '1'},
    b: {content: 'x'},
    c: {content: '3', mode: 0o600},
    e: {content: '5'},
    l: {target: 'b'},
    m: {target: 'a'},
  }
  t.deepEqual(await compare(before, after), [
    ['b', 'content'],
    ['c', 'metadata'],
    ['d', 'removed'],
    ['e', 'added'],
    ['l', 'content'],
  ])
})

test('compare: a folder that was added or removed is followed by all that is in it', async (t) => {
  const folder: Folder = {b: {folder: {c: {content: ''}, d: {folder: {}}}}}
  t.deepEqual(await compare({}, folder), [
    ['b', 'added'],
    ['b/c', 'added'],
    ['b/d', 'added'],
  ])
  t.deepEqual(await compare(folder, {}), [
    ['b', 'removed'],
    ['b/c', 'removed'],
    ['b/d', 'removed'],
  ])
})

test('compare: what takes the place of something of another type is told, with what was in it', async (t) => {
  const folder: Folder = {a: {folder: {x: {content: ''}}}}
  t.deepEqual(await compare(folder, {a: {content: ''}}), [
    ['a', 'type'],
    ['a/x', 'removed'],
  ])
  t.deepEqual(await compare({a: {target: 'x'}}, folder), [
    ['a', 'type'],
    ['a/x', 'added'],
  ])
  t.deepEqual(await compare({a: {target: 'x'}}, {a: {content: ''}}), [['a', 'type']])
})

test('compare: the mode, either owner and the time are metadata; nothing else is', async (t) => {
  const entry = (await sideOf({a: {content: ''}}, true).next()).value as Listed
  const listed = async function* (changed: object): AsyncGenerator<ComparedEntry> {
    yield {...entry, ...changed}
  }
  for (const [changed, expected] of [
    [{mode: 1}, 1],
    [{uid: 1}, 1],
    [{gid: 1}, 1],
    [{mtimeNs: 1n}, 1],
    [{fingerprint: Buffer.of(1)}, 0],
  ] as const) {
    const changes = []
    for await (const {change} of compareTrees({onUnknown: () => undefined, before: listed({}), after: listed(changed), sameContent}))
      changes.push(change)
    t.deepEqual(changes, new Array<ChangeType>(expected).fill('metadata'))
  }
})

test('compare: a file of another size is not asked for its content', async (t) => {
  const sides = {
    before: sideOf({a: {content: '12'}, b: {content: '12'}}, true),
    after: sideOf({a: {content: '1'}, b: {content: '12'}}, true),
    sameContent: (_before: unknown, _after: unknown, path: string) => {
      t.is(path, 'b')
      return Promise.resolve(true)
    },
  }
  const changes = []
  for await (const {change} of compareTrees({onUnknown: () => undefined, ...sides})) changes.push(change)
  t.deepEqual(changes, ['content'])
})

test('compare: folders of one fingerprint are not looked into, though their own metadata is', async (t) => {
  let lists = 0
  const count = (): void => void lists++
  const folder = (mode: number): Folder => ({a: {folder: {b: {folder: {c: {content: ''}}}}, mode}})
  const sides = {before: sideOf(folder(0o755), true, count), after: sideOf(folder(0o700), true, count), sameContent}
  const changes = []
  for await (const {path, change} of compareTrees({onUnknown: () => undefined, ...sides})) changes.push([path, change])
  t.deepEqual(changes, [['a', 'metadata']])
  t.is(lists, 2)
})

const names = fc.constantFrom('a', 'b', 'b-', 'b0', '\u00ff')
const {folder: folders} = fc.letrec<{thing: Thing; folder: Folder}>((tie) => ({
  thing: fc.oneof(
    {maxDepth: 3},
    fc.record({content: fc.constantFrom('', '1', '2'), mode: fc.constantFrom(0o644, 0o600)}),
    fc.record({target: fc.constantFrom('x', 'y')}),
    fc.record({folder: tie('folder'), mode: fc.constantFrom(0o755, 0o700)}),
  ) as fc.Arbitrary<Thing>,
  folder: fc.dictionary(names, tie('thing'), {maxKeys: 4, noNullPrototype: true}),
}))

/** Every entry by its path, and all of it that a comparison may tell. */
function flatten(folder: Folder, prefix = ''): Map<string, Thing> {
  const all = new Map<string, Thing>()
  for (const [name, thing] of Object.entries(folder)) {
    all.set(prefix + name, thing)
    if ('folder' in thing) for (const [path, below] of flatten(thing.folder, `${prefix}${name}/`)) all.set(path, below)
  }
  return all
}

function changeOf(before: Thing | undefined, after: Thing | undefined): ChangeType | undefined {
  if (!before || !after) return before ? 'removed' : 'added'
  const kinds = [before, after].map((thing) => ('content' in thing ? 'file' : 'target' in thing ? 'link' : 'folder'))
  if (kinds[0] !== kinds[1]) return 'type'
  if ('content' in before && 'content' in after && before.content !== after.content) return 'content'
  if ('target' in before && 'target' in after && before.target !== after.target) return 'content'
  const modeOf = (thing: Thing): number | undefined => ('mode' in thing ? thing.mode : undefined)
  return modeOf(before) === modeOf(after) ? undefined : 'metadata'
}

test('compare: says the same as comparing every path, with fingerprints and without', async (t) => {
  await fc.assert(
    fc.asyncProperty(folders, folders, fc.boolean(), async (before, after, hasFingerprints) => {
      const [old, current] = [flatten(before), flatten(after)]
      const expected = [...new Set([...old.keys(), ...current.keys()])].flatMap((path) => {
        const change = changeOf(old.get(path), current.get(path))
        return change === undefined ? [] : [`${path} ${change}`]
      })
      const told = (await compare(before, after, hasFingerprints)).map(([path, change]) => `${path} ${change}`)
      t.deepEqual(told.toSorted(), expected.toSorted())
    }),
    {numRuns: 300},
  )
})

test('compare: a tree and itself differ in nothing, and both ways tell the same paths', async (t) => {
  await fc.assert(
    fc.asyncProperty(folders, folders, async (before, after) => {
      t.deepEqual(await compare(before, before, false), [])
      const there = (await compare(before, after)).map(([path]) => path)
      const back = (await compare(after, before)).map(([path]) => path)
      t.deepEqual(there.toSorted(), back.toSorted())
    }),
    {numRuns: 100},
  )
})
