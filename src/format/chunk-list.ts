import {PocketError} from '../errors.js'
import {columnBytes, readColumn} from './columns.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap} from './msgpack.js'
import {CHUNK_ID_BYTES, MAX_LEVEL} from './reference.js'

/** The references of a part of a file that has very many: docs/repository-format.md, "Chunk list". */
export interface ChunkList {
  /** 1: the references are content; k: they are lists of level k - 1. */
  level: number
  /** 32 bytes a reference. */
  ids: Uint8Array
  /** Bytes of each referenced chunk. */
  lengths: Uint32Array
  /** Bytes of content at or below each reference; at level 1 these are the lengths. */
  contentLengths: BigUint64Array
}

const CODE = 'damaged-tree'
const LIST_VERSION = 1

/** The chunk of a list. Throws `damaged-tree` for a list that `decodeChunkList` would refuse. */
export function encodeChunkList(list: ChunkList): Uint8Array {
  checkList(list)
  return encodeMap({
    list: LIST_VERSION,
    level: list.level,
    ids: list.ids,
    lengths: columnBytes(list.lengths),
    ...(list.level > 1 && {bytes: columnBytes(list.contentLengths)}),
  })
}

/**
 * The list that a tree chunk holds. Columns may be views of `bytes`; what is taken besides is bounded by its length.
 * Throws `damaged-tree`, and `format-too-new`.
 */
export function decodeChunkList(bytes: Uint8Array): ChunkList {
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const version = fields.number('list')
  if (version > LIST_VERSION) throw tooNew(version)
  if (version !== LIST_VERSION) throw fields.damaged('list')
  const level = fields.number('level', MAX_LEVEL)
  const ids = fields.ids('ids')
  const count = ids.length / CHUNK_ID_BYTES
  const lengths = readColumn(Uint32Array, fields.bytes('lengths', count * 4), 0, count)
  const contentLengths =
    level === 1
      ? BigUint64Array.from(lengths, (length) => BigInt(length))
      : readColumn(BigUint64Array, fields.bytes('bytes', count * 8), 0, count)
  const list: ChunkList = {level, ids, lengths, contentLengths}
  checkList(list)
  return list
}

function checkList({level, ids, lengths, contentLengths}: ChunkList): void {
  const count = lengths.length
  if (!Number.isInteger(level) || level < 1 || level > MAX_LEVEL) throw damaged(`has level ${level}`)
  if (count === 0 || ids.length !== count * CHUNK_ID_BYTES || contentLengths.length !== count) {
    throw damaged('has columns of unequal length')
  }
  if (lengths.includes(0)) throw damaged('refers to an empty chunk')
  if (level === 1 && lengths.some((length, index) => contentLengths[index] !== BigInt(length))) {
    throw damaged('says that content is not as long as its chunks')
  }
}

function damaged(problem: string): PocketError {
  return new PocketError(CODE, `the chunk list ${problem}`)
}

function tooNew(version: number): PocketError {
  return new PocketError('format-too-new', `a chunk list has version ${version}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}
