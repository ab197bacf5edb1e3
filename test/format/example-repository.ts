/**
 * A whole repository with one file in it, built from the parts below `repository/` and with fixed salts: the example at the end
 * of docs/repository-format.md.
 */
import {compressRecord} from '../../src/compression/record.js'
import {createCompressor, loadZstd} from '../../src/compression/zstd.js'
import {createHasher, deriveKey, hash} from '../../src/crypto/blake3.js'
import {seal} from '../../src/crypto/seal.js'
import {encodeConfig} from '../../src/format/config.js'
import {CODEC, encodeDirectory, type PackDirectory} from '../../src/format/directory.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {encodeHead, KIND, type Kind, SUITE} from '../../src/format/head.js'
import {encodeIndex} from '../../src/format/index-record.js'
import {encodeKey} from '../../src/format/key.js'
import {encodeSnapshot} from '../../src/format/snapshot-record.js'
import {encodeTreePage, type TreeTable} from '../../src/format/tree.js'
import type {ObjectId} from '../../src/id.js'
import {type ByteString, concatBytes, toHex} from '../../src/util/bytes.js'
import {countingBytes, exampleConfig, exampleKey, exampleSnapshot} from './examples.js'

export const MASTER_KEY = countingBytes(32, 0x60)
export const KEY_FILE = countingBytes(32, 0x40)
export const REPOSITORY_ID = exampleConfig.repositoryId
export const FILE_NAME = 'hello.txt' as ByteString
export const FILE_CONTENT = Buffer.from('hello, world\n'.repeat(8))

/** Every object by its name. */
export type Objects = Map<string, Uint8Array>

await loadZstd()
const compressor = createCompressor(3)
const keyed = (key: Uint8Array, bytes: Uint8Array) => createHasher(key).update(bytes).digest()
const derived = (purpose: string) => deriveKey(`pocket 2026 v1 ${purpose}`, MASTER_KEY)

export function buildRepository(): Objects {
  const objects: Objects = new Map()
  const put = (folder: string, bytes: Uint8Array): ObjectId => {
    const id = toHex(hash(bytes)) as ObjectId
    objects.set(`${folder}${folder === 'chunks/' ? `${id.slice(0, 2)}/` : ''}${id}`, bytes)
    return id
  }
  objects.set(
    'config',
    encodeConfig(exampleConfig, (bytes) => keyed(derived('config authentication'), bytes)),
  )
  put('keys/', keyObject())

  const fileId = keyed(derived('data chunk id'), FILE_CONTENT)
  const data = pack(KIND.dataPack, 2, FILE_CONTENT, fileId)
  const dataId = put('chunks/', data.bytes)

  const page = encodeTreePage(tableOf(fileId))
  const pageId = keyed(derived('tree chunk id'), page)
  const tree = pack(KIND.treePack, 3, page, pageId)
  const treeId = put('chunks/', tree.bytes)

  const packs = [
    {id: dataId, sizeBytes: data.bytes.length, kind: 'data' as const, directory: data.directory},
    {id: treeId, sizeBytes: tree.bytes.length, kind: 'tree' as const, directory: tree.directory},
  ]
  put('index/', record(KIND.index, 4, encodeIndex(packs)))
  const snapshot = {
    ...exampleSnapshot,
    base: '/home/ana' as ByteString,
    paths: ['/home/ana/hello.txt' as ByteString],
    root: {id: pageId, length: page.length},
    parent: undefined,
  }
  put('snapshots/', record(KIND.snapshot, 5, encodeSnapshot(snapshot)))
  return objects
}

/** Seals pieces of one object; its salt is one byte over and over. */
function sealer(kind: Kind, saltByte: number, sealingKey = derived('object sealing')) {
  const head = encodeHead({kind, suite: SUITE.aes256Gcm, salt: new Uint8Array(32).fill(saltByte)})
  const key = keyed(sealingKey, head)
  const sealPiece = (counter: number, plain: Uint8Array) => {
    const position = Buffer.alloc(4)
    position.writeUInt32LE(counter)
    return seal(key, counter, concatBytes([head, REPOSITORY_ID, position]), plain)
  }
  return {head, sealPiece}
}

function keyObject(): Uint8Array {
  const {head, sealPiece} = sealer(KIND.key, 1, deriveKey('pocket 2026 v1 key file', KEY_FILE))
  const key = {...exampleKey, type: 'key-file' as const, kdf: {name: 'blake3' as const}, wrapped: sealPiece(0, MASTER_KEY)}
  return concatBytes([head, encodeKey(key)])
}

function record(kind: Kind, saltByte: number, plain: Uint8Array): Uint8Array {
  const {head, sealPiece} = sealer(kind, saltByte)
  return concatBytes([head, sealPiece(0, compressRecord(compressor, plain))])
}

/** A pack of one frame that holds one chunk. */
function pack(kind: Kind, saltByte: number, chunk: Uint8Array, id: Uint8Array): {bytes: Uint8Array; directory: PackDirectory} {
  const {head, sealPiece} = sealer(kind, saltByte)
  const frame = sealPiece(0, compressor.compress(chunk))
  const directory: PackDirectory = {
    frameStoredLengths: Uint32Array.of(frame.length),
    frameRawLengths: Uint32Array.of(chunk.length),
    frameChunkCounts: Uint32Array.of(1),
    frameCodecs: Uint32Array.of(CODEC.zstd),
    chunkLengths: Uint32Array.of(chunk.length),
    chunkIds: id,
  }
  const sealed = sealPiece(0xffff_ffff, compressRecord(compressor, encodeDirectory(directory)))
  const end = Buffer.alloc(8, '\0\0\0\0PDIR', 'latin1')
  end.writeUInt32LE(sealed.length)
  return {bytes: concatBytes([head, frame, sealed, end]), directory}
}

function tableOf(fileId: Uint8Array): TreeTable {
  return {
    length: 1,
    names: [FILE_NAME],
    types: Uint8Array.of(ENTRY_TYPE.file),
    modes: Uint16Array.of(0o644),
    uids: Uint32Array.of(1000),
    gids: Uint32Array.of(1000),
    sizes: BigUint64Array.of(BigInt(FILE_CONTENT.length)),
    mtimes: BigInt64Array.of(exampleSnapshot.timeNs),
    ctimes: BigInt64Array.of(exampleSnapshot.timeNs),
    inodes: BigUint64Array.of(11n),
    counts: Uint32Array.of(1),
    depths: Uint8Array.of(0),
    ids: fileId,
    lengths: Uint32Array.of(FILE_CONTENT.length),
    targets: [],
    errors: [],
    totals: {files: 1, directories: 0, links: 0, others: 0, bytes: FILE_CONTENT.length, unreadable: 0},
  }
}
