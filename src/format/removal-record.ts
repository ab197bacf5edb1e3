import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {fromHex, toHex} from '../util/bytes.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap, type PlainMap} from './msgpack.js'
import {CHUNK_ID_BYTES} from './reference.js'

/** Packs that are being removed, on which no writer may count any more: docs/repository-format.md, "Removal object". */
export interface RemovalRecord {
  packs: ObjectId[]
  /** When the removal began, by the clock of the machine that does it. */
  timeNs: bigint
  host: string
  /** Such as `pocket 1.0.0`. */
  program: string
  /** Keys of later versions, kept as they are. */
  unknown?: PlainMap
}

/** As many as a quarter of a million packs. */
export const MAX_REMOVAL_BYTES = 16 * 1024 * 1024

const REMOVAL_VERSION = 1
const CODE = 'damaged-removal'

export function encodeRemoval(record: RemovalRecord): Uint8Array {
  const packs = new Uint8Array(record.packs.length * CHUNK_ID_BYTES)
  record.packs.forEach((id, place) => packs.set(fromHex(id), place * CHUNK_ID_BYTES))
  return encodeMap({
    removal: REMOVAL_VERSION,
    packs,
    time: record.timeNs,
    host: record.host,
    program: record.program,
    ...record.unknown,
  })
}

/** Throws `damaged-removal`, and `format-too-new` for a later version. */
export function decodeRemoval(bytes: Uint8Array): RemovalRecord {
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const version = fields.number('removal')
  if (version === 0) throw fields.damaged('removal')
  if (version > REMOVAL_VERSION) {
    throw new PocketError('format-too-new', `the removal has version ${version}, which this version does not know`, {
      hint: 'use a newer version of Pocket',
    })
  }
  const ids = fields.ids('packs')
  const packs: ObjectId[] = []
  for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) packs.push(toHex(ids.subarray(at, at + CHUNK_ID_BYTES)) as ObjectId)
  const record: RemovalRecord = {packs, timeNs: fields.int64('time'), host: fields.text('host'), program: fields.text('program')}
  const unknown = fields.rest()
  return unknown === undefined ? record : {...record, unknown}
}
