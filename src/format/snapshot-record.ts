import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {type ByteString, byteStringToBytes, bytesToByteString, fromHex, toHex} from '../util/bytes.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap, type Plain, type PlainMap, wholeNumber} from './msgpack.js'
import {CHUNK_ID_BYTES, type ChunkReference} from './reference.js'
import {decodeTotals, encodeTotals, type Totals} from './totals.js'

/** What a snapshot is: docs/repository-format.md, "Snapshot object". */
export interface SnapshotRecord {
  /** The time that the snapshot stands for; a user may have given it. */
  timeNs: bigint
  /** When the run began, by the clock of its machine: what was written to later may have been missed. */
  startedNs: bigint
  /** The absolute path whose listing `root` is. */
  base: ByteString
  /** The absolute paths that were asked for. */
  paths: ByteString[]
  /** The root page of the tree of `base`. */
  root: ChunkReference
  /** The metadata of `base` itself, when it was asked for. */
  rootEntry?: RootEntry
  host: string
  user: string
  tags: string[]
  excludes: string[]
  parent?: ObjectId
  /** Only some of the changes since the parent were picked for it: of the others it has what the parent has. */
  isPicked?: true
  /** What a run that is under way, or was cut off, had by then; a complete snapshot takes its place. */
  isIncomplete?: true
  /** It is only announced: the process that is about to store it, of which nothing but itself takes it away while it may be at work. */
  announcedBy?: {host: string; pid: number}
  /** No policy forgets it. */
  isPinned?: true
  /** The first id of a snapshot that was stored again with other tags, or pinned. */
  original?: ObjectId
  /** Put together by a repair: what was lost has stand-ins. */
  isRepaired?: true
  /** Such as `pocket 1.0.0`. */
  program: string
  durationNs: bigint
  summary: SnapshotSummary
  /** Keys of later versions, kept as they are. */
  unknown?: PlainMap
}

export interface RootEntry {
  /** Permission bits, 07777. */
  mode: number
  uid: number
  gid: number
  mtimeNs: bigint
  ctimeNs: bigint
  inode: bigint
}

export interface ChangeCounts {
  new: number
  changed: number
  unchanged: number
}

export interface SnapshotSummary {
  files: ChangeCounts
  directories: ChangeCounts
  bytesRead: number
  /** Raw bytes of the chunks that were new to the repository. */
  bytesAdded: number
  /** What the run put into the repository. */
  bytesStored: number
  chunksNew: number
  changedWhileRead: number
  skipped: number
  total: Totals
}

/** The longest record that is encoded or decoded. */
export const MAX_SNAPSHOT_BYTES = 16 * 1024 * 1024

const SNAPSHOT_VERSION = 1
const CODE = 'damaged-snapshot'

/** The record of a snapshot. Throws `usage` when its paths, tags and excludes make it longer than 16 MiB. */
export function encodeSnapshot(snapshot: SnapshotRecord): Uint8Array {
  const bytes = encodeMap({
    snapshot: SNAPSHOT_VERSION,
    time: snapshot.timeNs,
    started: snapshot.startedNs,
    base: byteStringToBytes(snapshot.base),
    paths: snapshot.paths.map(byteStringToBytes),
    root: [snapshot.root.id, snapshot.root.length],
    root_entry: snapshot.rootEntry === undefined ? null : encodeRootEntry(snapshot.rootEntry),
    host: snapshot.host,
    user: snapshot.user,
    tags: snapshot.tags,
    excludes: snapshot.excludes,
    parent: snapshot.parent === undefined ? null : fromHex(snapshot.parent),
    program: snapshot.program,
    duration: snapshot.durationNs,
    summary: encodeSummary(snapshot.summary),
    ...(snapshot.isPicked && {picked: true}),
    ...(snapshot.isIncomplete && {incomplete: true}),
    ...(snapshot.announcedBy !== undefined && {announced_by: snapshot.announcedBy}),
    ...(snapshot.isPinned && {pinned: true}),
    ...(snapshot.original !== undefined && {original: fromHex(snapshot.original)}),
    ...(snapshot.isRepaired && {repaired: true}),
    ...snapshot.unknown,
  })
  if (bytes.length > MAX_SNAPSHOT_BYTES) throw new PocketError('usage', 'the snapshot has too many paths, tags or excludes')
  return bytes
}

/** Throws `damaged-snapshot`, and `format-too-new` for a later version. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotRecord {
  if (bytes.length > MAX_SNAPSHOT_BYTES) throw new PocketError(CODE, `the snapshot has ${bytes.length} bytes: too many`)
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  checkVersion(fields)
  const snapshot: SnapshotRecord = {
    timeNs: fields.int64('time'),
    startedNs: fields.int64('started'),
    base: decodePath(fields.bytes('base'), fields),
    paths: fields.list('paths').map((path) => decodePath(path, fields)),
    root: decodeReference(fields),
    host: fields.text('host'),
    user: fields.text('user'),
    tags: fields.texts('tags'),
    excludes: fields.texts('excludes'),
    program: fields.text('program'),
    durationNs: fields.int64('duration'),
    summary: decodeSummary(fields.fields('summary')),
  }
  if (!fields.isNil('root_entry')) snapshot.rootEntry = decodeRootEntry(fields.fields('root_entry'))
  if (!fields.isNil('parent')) snapshot.parent = toHex(fields.bytes('parent', CHUNK_ID_BYTES)) as ObjectId
  if (fields.isTrue('picked')) snapshot.isPicked = true
  if (fields.isTrue('incomplete')) snapshot.isIncomplete = true
  if (fields.has('announced_by')) snapshot.announcedBy = decodeProcess(fields.fields('announced_by'))
  if (fields.isTrue('pinned')) snapshot.isPinned = true
  if (fields.has('original')) snapshot.original = toHex(fields.bytes('original', CHUNK_ID_BYTES)) as ObjectId
  if (fields.isTrue('repaired')) snapshot.isRepaired = true
  const unknown = fields.rest()
  return unknown === undefined ? snapshot : {...snapshot, unknown}
}

function checkVersion(fields: Fields): void {
  const version = fields.number('snapshot')
  if (version === SNAPSHOT_VERSION) return
  if (version === 0) throw fields.damaged('snapshot')
  throw new PocketError('format-too-new', `the snapshot has version ${version}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}

/** A path has no NUL, so that it can be handed to the system as it is. */
function decodePath(value: Plain, fields: Fields): ByteString {
  if (!(value instanceof Uint8Array) || value.length === 0 || value.includes(0)) throw fields.damaged('paths')
  return bytesToByteString(value)
}

function decodeReference(fields: Fields): ChunkReference {
  const [id, length] = fields.list('root')
  const isReference = id instanceof Uint8Array && id.length === CHUNK_ID_BYTES && typeof length === 'number' && length > 0
  if (!isReference) throw fields.damaged('root')
  return {id: Uint8Array.from(id), length}
}

function decodeProcess(fields: Fields): NonNullable<SnapshotRecord['announcedBy']> {
  return {host: fields.text('host'), pid: fields.number('pid')}
}

function encodeRootEntry({mode, uid, gid, mtimeNs, ctimeNs, inode}: RootEntry): PlainMap {
  return {mode, uid, gid, mtime: mtimeNs, ctime: ctimeNs, inode}
}

function decodeRootEntry(fields: Fields): RootEntry {
  return {
    mode: fields.number('mode', 0o7777),
    uid: fields.number('uid', 0xffff_ffff),
    gid: fields.number('gid', 0xffff_ffff),
    mtimeNs: fields.int64('mtime'),
    ctimeNs: fields.int64('ctime'),
    inode: fields.uint64('inode'),
  }
}

function encodeSummary(summary: SnapshotSummary): PlainMap {
  return {
    files: encodeChanges(summary.files),
    directories: encodeChanges(summary.directories),
    bytes_read: wholeNumber(summary.bytesRead),
    bytes_added: wholeNumber(summary.bytesAdded),
    bytes_stored: wholeNumber(summary.bytesStored),
    chunks_new: wholeNumber(summary.chunksNew),
    changed_while_read: wholeNumber(summary.changedWhileRead),
    skipped: wholeNumber(summary.skipped),
    total: encodeTotals(summary.total),
  }
}

function decodeSummary(fields: Fields): SnapshotSummary {
  return {
    files: decodeChanges(fields.fields('files')),
    directories: decodeChanges(fields.fields('directories')),
    bytesRead: fields.number('bytes_read'),
    bytesAdded: fields.number('bytes_added'),
    bytesStored: fields.number('bytes_stored'),
    chunksNew: fields.number('chunks_new'),
    changedWhileRead: fields.number('changed_while_read'),
    skipped: fields.number('skipped'),
    total: decodeTotals(fields.list('total'), CODE),
  }
}

function encodeChanges(counts: ChangeCounts): PlainMap {
  return {new: wholeNumber(counts.new), changed: wholeNumber(counts.changed), unchanged: wholeNumber(counts.unchanged)}
}

function decodeChanges(fields: Fields): ChangeCounts {
  return {new: fields.number('new'), changed: fields.number('changed'), unchanged: fields.number('unchanged')}
}
