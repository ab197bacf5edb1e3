/** One value of every record: docs/repository-format.md shows the bytes of each, and tests hold the two together. */
import type {ChunkList} from '../../src/format/chunk-list.js'
import type {ConfigRecord} from '../../src/format/config.js'
import type {PackDirectory} from '../../src/format/directory.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {type Head, KIND, SUITE} from '../../src/format/head.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import type {KeyRecord} from '../../src/format/key.js'
import type {ForgottenRecord} from '../../src/format/forgotten-record.js'
import type {RemovalRecord} from '../../src/format/removal-record.js'
import type {SnapshotRecord} from '../../src/format/snapshot-record.js'
import type {TreeBranch, TreeTable} from '../../src/format/tree.js'
import type {ObjectId} from '../../src/id.js'
import {type ByteString, toByteString} from '../../src/util/bytes.js'

/** `length` bytes: `first`, `first` + 1, and so on. */
export function countingBytes(length: number, first = 0): Uint8Array {
  return Uint8Array.from({length}, (_, index) => first + index)
}

/** Ids of 32 bytes, each of one byte repeated. */
export function idsOf(...values: number[]): Uint8Array {
  return Uint8Array.from({length: values.length * 32}, (_, index) => values[index >> 5])
}

const CREATED_NS = 1_767_225_600_000_000_000n

export const exampleHead: Head = {kind: KIND.dataPack, suite: SUITE.aes256Gcm, salt: countingBytes(32)}

export const exampleConfig: ConfigRecord = {
  repositoryId: countingBytes(32, 0x20),
  suite: SUITE.aes256Gcm,
  chunker: {minSize: 16_384, averageSize: 65_536, maxSize: 262_144, normalization: 2},
  packTargetBytes: 16_777_216,
  frameTargetBytes: 1_048_576,
  createdNs: CREATED_NS,
  createdBy: 'pocket 1.0.0',
}

export const examplePlainConfig: ConfigRecord = {...exampleConfig, suite: SUITE.none}

export const exampleKey: KeyRecord = {
  type: 'password',
  label: 'laptop',
  createdNs: CREATED_NS,
  host: 'atlas',
  user: 'ana',
  kdf: {name: 'scrypt', n: 131_072, r: 8, p: 1, salt: countingBytes(32, 0x60)},
  wrapped: countingBytes(48, 0x80),
}

export const exampleDirectory: PackDirectory = {
  frameStoredLengths: Uint32Array.of(150, 96),
  frameRawLengths: Uint32Array.of(300, 80),
  frameChunkCounts: Uint32Array.of(2, 1),
  frameCodecs: Uint32Array.of(1, 0),
  chunkLengths: Uint32Array.of(100, 200, 80),
  chunkIds: idsOf(0xa1, 0xa2, 0xa3),
}

export const exampleIndex: IndexedPack[] = [{id: 'c4'.repeat(32) as ObjectId, sizeBytes: 450, kind: 'data', directory: exampleDirectory}]

const names = ['Zo\u00eb', 'big.img', 'gone', 'link', 'mail', 'notes.txt'].map(toByteString).sort()

/** `Zoë` is an empty file, `big.img` has its chunks in a list, `gone` could not be stat-ed, `mail` is a directory. */
export const exampleTable: TreeTable = {
  length: 6,
  names,
  types: Uint8Array.of(ENTRY_TYPE.file, ENTRY_TYPE.file, ENTRY_TYPE.unknown, ENTRY_TYPE.link, ENTRY_TYPE.directory, ENTRY_TYPE.file),
  modes: Uint16Array.of(0o644, 0o600, 0, 0o777, 0o2755, 0o644),
  uids: Uint32Array.of(1000, 1000, 0, 1000, 1000, 1000),
  gids: Uint32Array.of(1000, 1000, 0, 1000, 100, 1000),
  sizes: BigUint64Array.of(0n, 134_217_728n, 0n, 9n, 0n, 13n),
  mtimes: BigInt64Array.of(CREATED_NS, -1n, 0n, CREATED_NS, CREATED_NS, CREATED_NS + 5n),
  ctimes: BigInt64Array.of(CREATED_NS, CREATED_NS, 0n, CREATED_NS, CREATED_NS, CREATED_NS + 6n),
  inodes: BigUint64Array.of(11n, 12n, 0n, 13n, 14n, 2n ** 64n - 1n),
  counts: Uint32Array.of(0, 1, 0, 0, 1, 1),
  depths: Uint8Array.of(0, 1, 0, 0, 0, 0),
  ids: idsOf(0xb1, 0xb2, 0xb3),
  lengths: Uint32Array.of(73_772, 640, 13),
  targets: ['notes.txt' as ByteString],
  owners: {users: [[1000, 'ana']], groups: [[100, 'users']]},
  errors: [{index: 2, code: 'EACCES', message: 'permission denied'}],
  totals: {files: 7, directories: 1, links: 1, others: 1, bytes: 134_300_000, unreadable: 1},
}

export const exampleBranch: TreeBranch = {
  level: 1,
  firsts: ['0001.jpg', '2417.jpg'].map(toByteString),
  counts: Uint32Array.of(2416, 2000),
  ids: idsOf(0xd1, 0xd2),
  lengths: Uint32Array.of(262_001, 218_044),
  totals: {files: 4416, directories: 0, links: 0, others: 0, bytes: 8_000_000_000, unreadable: 0},
}

export const exampleChunkList: ChunkList = {
  level: 1,
  ids: idsOf(0xe1, 0xe2),
  lengths: Uint32Array.of(65_536, 40_000),
  contentLengths: BigUint64Array.of(65_536n, 40_000n),
}

export const exampleUpperChunkList: ChunkList = {
  level: 2,
  ids: idsOf(0xf1),
  lengths: Uint32Array.of(36_900),
  contentLengths: BigUint64Array.of(67_108_864n),
}

export const exampleSnapshot: SnapshotRecord = {
  timeNs: CREATED_NS,
  startedNs: CREATED_NS + 7n,
  base: '/home/ana' as ByteString,
  paths: ['/home/ana/mail', '/home/ana/notes.txt'] as ByteString[],
  root: {id: idsOf(0xb2), length: 640},
  host: 'atlas',
  user: 'ana',
  tags: ['daily'],
  excludes: ['*.tmp'],
  parent: '5a'.repeat(32) as ObjectId,
  program: 'pocket 1.0.0',
  durationNs: 1_500_000_000n,
  summary: {
    files: {new: 1, changed: 1, unchanged: 5},
    directories: {new: 0, changed: 1, unchanged: 0},
    bytesRead: 5_000_000_000,
    bytesAdded: 70_000,
    bytesStored: 40_000,
    chunksNew: 3,
    changedWhileRead: 0,
    skipped: 0,
    total: exampleTable.totals,
  },
}

export const exampleForgotten: ForgottenRecord = {
  snapshotId: '5a'.repeat(32) as ObjectId,
  object: countingBytes(48),
  timeNs: CREATED_NS,
  host: 'atlas',
  user: 'ana',
  program: 'pocket 1.0.0',
}

export const exampleRemoval: RemovalRecord = {
  packs: ['c4'.repeat(32) as ObjectId, 'c5'.repeat(32) as ObjectId],
  timeNs: CREATED_NS,
  host: 'atlas',
  program: 'pocket 1.0.0',
}
