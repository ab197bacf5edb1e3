/** Generators of records that keep every rule of the format. */
import fc from 'fast-check'
import type {ChunkList} from '../../src/format/chunk-list.js'
import type {ConfigRecord} from '../../src/format/config.js'
import type {ForgottenRecord} from '../../src/format/forgotten-record.js'
import type {RemovalRecord} from '../../src/format/removal-record.js'
import type {PackDirectory} from '../../src/format/directory.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import type {KeyRecord} from '../../src/format/key.js'
import type {PlainMap} from '../../src/format/msgpack.js'
import type {RootEntry, SnapshotRecord} from '../../src/format/snapshot-record.js'
import type {Totals} from '../../src/format/totals.js'
import type {BranchLevel, EntryError, TreeBranch, TreeTable} from '../../src/format/tree.js'
import type {ObjectId} from '../../src/id.js'
import type {ByteString} from '../../src/util/bytes.js'

const bytes32 = fc.uint8Array({minLength: 32, maxLength: 32})
const objectId = bytes32.map((bytes) => Buffer.from(bytes).toString('hex') as ObjectId)
const uint32 = fc.nat(0xffff_ffff)
const length = fc.integer({min: 1, max: 0xffff_ffff})
const uint53 = fc.oneof(fc.nat(300), fc.nat(Number.MAX_SAFE_INTEGER))
const uint64 = fc.bigInt({min: 0n, max: 2n ** 64n - 1n})
const int64 = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
const text = fc.string({unit: 'grapheme', maxLength: 12})

/** Bytes that may be a name: any but NUL and `/`. */
const name = fc
  .uint8Array({min: 1, max: 255, minLength: 1, maxLength: 12})
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('/', '_') as ByteString)
  .filter((text) => text !== '.' && text !== '..')
const target = fc.uint8Array({min: 1, max: 255, maxLength: 12}).map((bytes) => Buffer.from(bytes).toString('latin1') as ByteString)
/** What a later version may have added to a map. */
const unknown = fc.constantFrom<PlainMap | null>(null, {later: {deep: [true, 'x', -5]}, also: null})
const path = name.map((text) => `/${text}` as ByteString)

export const totals: fc.Arbitrary<Totals> = fc.record({
  files: uint53,
  directories: uint53,
  links: uint53,
  others: uint53,
  bytes: uint53,
  unreadable: uint53,
})

const chunk = fc.record({id: bytes32, length: fc.nat(70_000)})
const frame = fc.record({
  storedLength: fc.integer({min: 1, max: 100_000}),
  codec: fc.constantFrom(0, 1),
  chunks: fc.array(chunk, {minLength: 1, maxLength: 4}),
})

export const directories: fc.Arbitrary<PackDirectory> = fc.array(frame, {maxLength: 4}).map((frames) => {
  const chunks = frames.flatMap((each) => each.chunks)
  return {
    frameStoredLengths: Uint32Array.from(frames, (each) => each.storedLength),
    frameRawLengths: Uint32Array.from(frames, (each) => each.chunks.reduce((sum, part) => sum + part.length, 0)),
    frameChunkCounts: Uint32Array.from(frames, (each) => each.chunks.length),
    frameCodecs: Uint32Array.from(frames, (each) => each.codec),
    chunkLengths: Uint32Array.from(chunks, (each) => each.length),
    chunkIds: Uint8Array.from(chunks.flatMap((each) => [...each.id])),
  }
})

export const indexes: fc.Arbitrary<IndexedPack[]> = fc.array(
  fc.record({
    id: objectId,
    sizeBytes: fc.integer({min: 1_000_000, max: 0xffff_ffff}),
    kind: fc.constantFrom('data', 'tree'),
    directory: directories,
  }),
  {maxLength: 4},
)

const entry = fc.record({
  name,
  type: fc.constantFrom(...Object.values(ENTRY_TYPE)),
  mode: fc.nat(0o7777),
  uid: uint32,
  gid: uint32,
  size: uint64,
  mtime: int64,
  ctime: int64,
  inode: uint64,
  references: fc.array(fc.record({id: bytes32, length}), {maxLength: 3}),
  depth: fc.nat(3),
  target,
  error: fc.option(fc.record({code: text, message: text})),
})

const owned = fc.array(fc.tuple(uint32, text), {maxLength: 2})

export const tables: fc.Arbitrary<TreeTable> = fc
  .record({
    entries: fc.uniqueArray(entry, {selector: (each) => each.name, maxLength: 8}),
    owners: fc.option(fc.record({users: owned, groups: owned})),
    totals,
    extras: unknown,
  })
  .map(({entries, owners, totals: sums, extras}) => {
    const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(lawful)
    const references = sorted.flatMap((each) => each.references)
    const table: TreeTable = {
      length: sorted.length,
      names: sorted.map((each) => each.name),
      types: Uint8Array.from(sorted, (each) => each.type),
      modes: Uint16Array.from(sorted, (each) => each.mode),
      uids: Uint32Array.from(sorted, (each) => each.uid),
      gids: Uint32Array.from(sorted, (each) => each.gid),
      sizes: BigUint64Array.from(sorted, (each) => each.size),
      mtimes: BigInt64Array.from(sorted, (each) => each.mtime),
      ctimes: BigInt64Array.from(sorted, (each) => each.ctime),
      inodes: BigUint64Array.from(sorted, (each) => each.inode),
      counts: Uint32Array.from(sorted, (each) => each.references.length),
      depths: Uint8Array.from(sorted, (each) => each.depth),
      ids: Uint8Array.from(references.flatMap((each) => [...each.id])),
      lengths: Uint32Array.from(references, (each) => each.length),
      targets: sorted.filter((each) => each.type === ENTRY_TYPE.link).map((each) => each.target),
      errors: sorted.flatMap((each, index): EntryError[] => (each.error === null ? [] : [{index, ...each.error}])),
      totals: sums,
    }
    return {...table, ...(owners !== null && {owners}), ...(extras !== null && {extras})}
  })

/** The entry with no more references than its type may have. */
function lawful<T extends {type: number; references: unknown[]; depth: number}>(each: T): T {
  const most = each.type === ENTRY_TYPE.file ? 3 : each.type === ENTRY_TYPE.directory ? 1 : 0
  const references = each.references.slice(0, most)
  const isListed = each.type === ENTRY_TYPE.file && references.length > 0
  return {...each, references, depth: isListed ? each.depth : 0}
}

export const branches: fc.Arbitrary<TreeBranch> = fc
  .record({
    level: fc.integer({min: 1, max: 8}),
    children: fc.uniqueArray(fc.record({first: name, count: length, id: bytes32, length}), {
      selector: (child) => child.first,
      minLength: 1,
      maxLength: 6,
    }),
    totals,
  })
  .map(({level, children, totals: sums}) => {
    const sorted = children.toSorted((a, b) => (a.first < b.first ? -1 : 1))
    return {
      level: level as BranchLevel,
      firsts: sorted.map((child) => child.first),
      counts: Uint32Array.from(sorted, (child) => child.count),
      ids: Uint8Array.from(sorted.flatMap((child) => [...child.id])),
      lengths: Uint32Array.from(sorted, (child) => child.length),
      totals: sums,
    }
  })

export const chunkLists: fc.Arbitrary<ChunkList> = fc
  .record({
    level: fc.integer({min: 1, max: 8}),
    references: fc.array(fc.record({id: bytes32, length, contentLength: uint64}), {minLength: 1, maxLength: 6}),
  })
  .map(({level, references}) => ({
    level,
    ids: Uint8Array.from(references.flatMap((each) => [...each.id])),
    lengths: Uint32Array.from(references, (each) => each.length),
    contentLengths: BigUint64Array.from(references, (each) => (level === 1 ? BigInt(each.length) : each.contentLength)),
  }))

export const configs: fc.Arbitrary<ConfigRecord> = fc
  .record({
    repositoryId: bytes32,
    version: fc.option(fc.constant(2 as const)),
    suite: fc.constantFrom(0, 1),
    packTargetBytes: fc.nat(2 ** 30),
    frameTargetBytes: fc.nat(2 ** 26),
    createdNs: int64,
    createdBy: text,
    sizes: fc.tuple(...[0, 0, 0].map(() => fc.integer({min: 1, max: 2 ** 26}))),
    unknown,
  })
  .map(({sizes, version, unknown: later, ...config}) => {
    const [minSize, averageSize, maxSize] = sizes.toSorted((a, b) => a - b)
    return {
      ...(version !== null && {version}),
      ...(config as Omit<ConfigRecord, 'chunker' | 'unknown' | 'version'>),
      chunker: {minSize, averageSize, maxSize, normalization: 2 as const},
      ...(later !== null && {unknown: later}),
    }
  })

export const keys: fc.Arbitrary<KeyRecord> = fc
  .record({
    scrypt: fc.option(fc.record({n: uint53, r: uint32, p: uint32, salt: fc.uint8Array({maxLength: 40})})),
    label: text,
    createdNs: int64,
    host: text,
    user: text,
    wrapped: fc.uint8Array({minLength: 48, maxLength: 48}),
    unknown,
  })
  .map(({scrypt, unknown: later, ...key}) => ({
    ...key,
    type: scrypt === null ? ('key-file' as const) : ('password' as const),
    kdf: scrypt === null ? {name: 'blake3' as const} : {name: 'scrypt' as const, ...scrypt},
    ...(later !== null && {unknown: later}),
  }))

const changes = fc.record({new: uint53, changed: uint53, unchanged: uint53})
const rootEntry: fc.Arbitrary<RootEntry> = fc.record({
  mode: fc.nat(0o7777),
  uid: uint32,
  gid: uint32,
  mtimeNs: int64,
  ctimeNs: int64,
  inode: uint64,
})

export const snapshots: fc.Arbitrary<SnapshotRecord> = fc
  .record({
    timeNs: int64,
    startedNs: int64,
    base: path,
    paths: fc.array(path, {maxLength: 3}),
    root: fc.record({id: bytes32, length}),
    host: text,
    user: text,
    tags: fc.array(text, {maxLength: 3}),
    excludes: fc.array(text, {maxLength: 3}),
    program: text,
    durationNs: int64,
    summary: fc.record({
      files: changes,
      directories: changes,
      bytesRead: uint53,
      bytesAdded: uint53,
      bytesStored: uint53,
      chunksNew: uint53,
      changedWhileRead: uint53,
      skipped: uint53,
      total: totals,
    }),
    entry: fc.option(rootEntry),
    parentId: fc.option(objectId),
    isPicked: fc.boolean(),
    isIncomplete: fc.boolean(),
    isPinned: fc.boolean(),
    isRepaired: fc.boolean(),
    originalId: fc.option(objectId),
    later: unknown,
  })
  .map(({entry: metadata, parentId, isPicked, isIncomplete, isPinned, isRepaired, originalId, later, ...snapshot}) => ({
    ...snapshot,
    ...(metadata !== null && {rootEntry: metadata}),
    ...(parentId !== null && {parent: parentId}),
    ...(isPicked && {isPicked}),
    ...(isIncomplete && {isIncomplete}),
    ...(isPinned && {isPinned}),
    ...(isRepaired && {isRepaired}),
    ...(originalId !== null && {original: originalId}),
    ...(later !== null && {unknown: later}),
  }))

export const forgottens: fc.Arbitrary<ForgottenRecord> = fc
  .record({snapshotId: objectId, object: fc.uint8Array({maxLength: 80}), timeNs: int64, host: text, user: text, program: text, unknown})
  .map(({unknown: later, ...forgotten}) => ({...forgotten, ...(later !== null && {unknown: later})}))

export const removals: fc.Arbitrary<RemovalRecord> = fc
  .record({packs: fc.array(objectId, {maxLength: 5}), timeNs: int64, host: text, program: text, unknown})
  .map(({unknown: later, ...removal}) => ({...removal, ...(later !== null && {unknown: later})}))
