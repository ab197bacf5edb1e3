/** Compares two trees of entries, whatever they come from, in one walk over both in the order of names. */
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ByteString} from '../util/bytes.js'
import type {TreeEntry} from './entries.js'

/** An entry on one side. */
export interface ComparedEntry extends Pick<TreeEntry, 'name' | 'type' | 'mode' | 'uid' | 'gid' | 'sizeBytes' | 'mtimeNs' | 'target'> {
  /** Of a directory: its entries, in the order of names; undefined when they are not known, and then nothing is said of them. */
  list: () => AsyncIterable<ComparedEntry> | undefined
  /** Something is there, but nothing more is known of it: nothing is said of it. */
  isUnknown?: boolean
  /** Two directories with the same fingerprint hold the same; undefined when it is not known. */
  fingerprint: Uint8Array | undefined
}

export type ChangeType = 'added' | 'removed' | 'content' | 'metadata' | 'type'

export interface ComparedChange {
  path: ByteString
  change: ChangeType
  before: ComparedEntry | undefined
  after: ComparedEntry | undefined
}

/** Whether two files hold the same bytes, undefined when it cannot be told; asked only for files of equal size. */
export type SameContent = (before: ComparedEntry, after: ComparedEntry, path: ByteString) => Promise<boolean | undefined>

export interface Comparison {
  before: AsyncIterable<ComparedEntry>
  after: AsyncIterable<ComparedEntry>
  sameContent: SameContent
  /** Told of each entry of which nothing is known on one of the sides, so that nothing is said of it. */
  onUnknown: (path: ByteString) => void
}

/** Every change from `before` to `after`, an added or removed folder followed by all that is in it. */
export async function* compareTrees(comparison: Comparison, path = '' as ByteString): AsyncGenerator<ComparedChange, void> {
  const {before, after, onUnknown} = comparison
  for await (const [old, current] of mergeByName(before, after)) {
    const name = (old ?? current)?.name as ByteString
    const own = (path === '' ? name : `${path}/${name}`) as ByteString
    if (old?.isUnknown || current?.isUnknown) onUnknown(own)
    else if (!old || !current) yield* oneSided(old, current, own, onUnknown)
    else if (old.type !== current.type) {
      yield {path: own, change: 'type', before: old, after: current}
      yield* below(old, undefined, own, onUnknown)
      yield* below(undefined, current, own, onUnknown)
    } else yield* bothSided(old, current, own, comparison)
  }
}

async function* bothSided(
  before: ComparedEntry,
  after: ComparedEntry,
  path: ByteString,
  comparison: Comparison,
): AsyncGenerator<ComparedChange, void> {
  const isSame = await isSameContent(before, after, path, comparison.sameContent)
  if (isSame === undefined) return comparison.onUnknown(path)
  if (!isSame) yield {path, change: 'content', before, after}
  else if (!isSameMetadata(before, after)) yield {path, change: 'metadata', before, after}
  if (before.type !== ENTRY_TYPE.directory) return
  const {fingerprint} = before
  if (fingerprint && after.fingerprint && Buffer.compare(fingerprint, after.fingerprint) === 0) return
  const [old, current] = [before.list(), after.list()]
  if (old && current) yield* compareTrees({...comparison, before: old, after: current}, path)
  else comparison.onUnknown(path)
}

async function isSameContent(
  before: ComparedEntry,
  after: ComparedEntry,
  path: ByteString,
  sameContent: SameContent,
): Promise<boolean | undefined> {
  if (before.type === ENTRY_TYPE.link) return before.target === after.target
  if (before.type !== ENTRY_TYPE.file) return true
  return before.sizeBytes === after.sizeBytes && sameContent(before, after, path)
}

function isSameMetadata(before: ComparedEntry, after: ComparedEntry): boolean {
  return before.mode === after.mode && before.uid === after.uid && before.gid === after.gid && before.mtimeNs === after.mtimeNs
}

async function* oneSided(
  before: ComparedEntry | undefined,
  after: ComparedEntry | undefined,
  path: ByteString,
  onUnknown: Comparison['onUnknown'],
): AsyncGenerator<ComparedChange, void> {
  yield {path, change: after ? 'added' : 'removed', before, after}
  yield* below(before, after, path, onUnknown)
}

async function* below(
  before: ComparedEntry | undefined,
  after: ComparedEntry | undefined,
  path: ByteString,
  onUnknown: Comparison['onUnknown'],
): AsyncGenerator<ComparedChange, void> {
  const directory = before ?? after
  if (directory?.type !== ENTRY_TYPE.directory) return
  for await (const entry of directory.list() ?? []) {
    const own = `${path}/${entry.name}` as ByteString
    if (entry.isUnknown) onUnknown(own)
    else yield* before ? oneSided(entry, undefined, own, onUnknown) : oneSided(undefined, entry, own, onUnknown)
  }
}

async function* mergeByName(
  before: AsyncIterable<ComparedEntry>,
  after: AsyncIterable<ComparedEntry>,
): AsyncGenerator<[ComparedEntry | undefined, ComparedEntry | undefined], void> {
  const left = before[Symbol.asyncIterator]()
  const right = after[Symbol.asyncIterator]()
  let old = await left.next()
  let current = await right.next()
  while (!old.done || !current.done) {
    if (current.done || (!old.done && old.value.name < current.value.name)) {
      yield [old.value, undefined]
      old = await left.next()
    } else if (old.done || current.value.name < old.value.name) {
      yield [undefined, current.value]
      current = await right.next()
    } else {
      yield [old.value, current.value]
      old = await left.next()
      current = await right.next()
    }
  }
}
