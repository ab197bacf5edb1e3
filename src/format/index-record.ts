import {isPocketError, PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {decodeDirectory, directoryLength, type PackDirectory, storedFrameBytes, writeDirectory} from './directory.js'
import {HEAD_BYTES, KIND} from './head.js'

/** A pack as an index object tells of it: docs/repository-format.md, "Index object". */
export interface IndexedPack {
  id: ObjectId
  /** Bytes of the whole pack as it is stored. */
  sizeBytes: number
  kind: 'data' | 'tree'
  directory: PackDirectory
}

const COUNT_BYTES = 4
const ID_BYTES = 32
const PACK_BYTES = ID_BYTES + 12
const KINDS = {data: KIND.dataPack, tree: KIND.treePack} as const
/** The length and the magic that end a pack. */
const TRAILER_BYTES = 8

/** The record of an index object. Throws `damaged-pack` for a directory whose columns do not agree. */
export function encodeIndex(packs: readonly IndexedPack[]): Uint8Array {
  let length = COUNT_BYTES
  for (const {directory} of packs) length += PACK_BYTES + directoryLength(directory)
  const bytes = Buffer.allocUnsafeSlow(length)
  bytes.writeUInt32LE(packs.length, 0)
  let offset = COUNT_BYTES
  for (const {id, sizeBytes, kind, directory} of packs) {
    const recordLength = directoryLength(directory)
    bytes.write(id, offset, ID_BYTES, 'hex')
    bytes.writeUInt32LE(sizeBytes, offset + 32)
    bytes.writeUInt32LE(KINDS[kind], offset + 36)
    bytes.writeUInt32LE(recordLength, offset + 40)
    writeDirectory(directory, bytes, offset + PACK_BYTES)
    offset += PACK_BYTES + recordLength
  }
  return bytes
}

/**
 * The packs that `bytes` tell of. Their directories are views of `bytes` where alignment allows and keep that memory
 * alive; what is taken besides is bounded by its length. Throws `damaged-index`, or `format-too-new`.
 */
export function decodeIndex(bytes: Uint8Array): IndexedPack[] {
  if (bytes.length < COUNT_BYTES) throw damaged('is cut short')
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.readUInt32LE(0)
  const packs: IndexedPack[] = []
  let offset = COUNT_BYTES
  while (packs.length < count) {
    if (bytes.length - offset < PACK_BYTES) throw damaged(`ends before pack ${packs.length} of ${count}`)
    const start = offset + PACK_BYTES
    const end = start + view.readUInt32LE(offset + 40)
    if (end > bytes.length) throw damaged(`ends within pack ${packs.length} of ${count}`)
    packs.push(decodePack(view.subarray(offset, start), bytes.subarray(start, end)))
    offset = end
  }
  if (offset !== bytes.length) throw damaged(`goes on after its ${count} packs`)
  return packs
}

function decodePack(pack: Buffer, record: Uint8Array): IndexedPack {
  const id = toHex(pack.subarray(0, ID_BYTES)) as ObjectId
  const sizeBytes = pack.readUInt32LE(32)
  const kind = kindOf(pack.readUInt32LE(36))
  const directory = decodeDirectoryOf(id, record)
  if (HEAD_BYTES + storedFrameBytes(directory) + TRAILER_BYTES > sizeBytes) {
    throw damaged(`says that pack '${id}' is shorter than its frames`)
  }
  return {id, sizeBytes, kind, directory}
}

function kindOf(value: number): IndexedPack['kind'] {
  if (value === KINDS.data) return 'data'
  if (value === KINDS.tree) return 'tree'
  throw damaged(`tells of a pack of kind ${value}`)
}

function decodeDirectoryOf(id: ObjectId, record: Uint8Array): PackDirectory {
  try {
    return decodeDirectory(record)
  } catch (error) {
    if (!isPocketError(error, 'damaged-pack')) throw error
    throw new PocketError('damaged-index', `the index is damaged at pack '${id}': ${error.message}`, {cause: error})
  }
}

function damaged(problem: string): PocketError {
  return new PocketError('damaged-index', `the index ${problem}`)
}
