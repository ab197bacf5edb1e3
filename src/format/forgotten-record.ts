import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {fromHex, toHex} from '../util/bytes.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap, type PlainMap} from './msgpack.js'
import {CHUNK_ID_BYTES} from './reference.js'
import {MAX_SNAPSHOT_BYTES} from './snapshot-record.js'

/** A snapshot that was forgotten and can be brought back: docs/repository-format.md, "Forgotten object". */
export interface ForgottenRecord {
  snapshotId: ObjectId
  /** The stored bytes of the snapshot object, which are put back as they were. */
  object: Uint8Array
  /** When it was forgotten, by the clock of the machine that did it. */
  timeNs: bigint
  host: string
  user: string
  /** Such as `pocket 1.0.0`. */
  program: string
  /** Keys of later versions, kept as they are. */
  unknown?: PlainMap
}

/** A snapshot object, which is compressed and sealed, and what is said of it. */
export const MAX_FORGOTTEN_BYTES = 2 * MAX_SNAPSHOT_BYTES

const FORGOTTEN_VERSION = 1
const CODE = 'damaged-snapshot'

export function encodeForgotten(record: ForgottenRecord): Uint8Array {
  return encodeMap({
    forgotten: FORGOTTEN_VERSION,
    snapshot: fromHex(record.snapshotId),
    object: record.object,
    time: record.timeNs,
    host: record.host,
    user: record.user,
    program: record.program,
    ...record.unknown,
  })
}

/** Throws `damaged-snapshot`, and `format-too-new` for a later version. */
export function decodeForgotten(bytes: Uint8Array): ForgottenRecord {
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const version = fields.number('forgotten')
  if (version === 0) throw fields.damaged('forgotten')
  if (version > FORGOTTEN_VERSION) {
    throw new PocketError('format-too-new', `the forgotten snapshot has version ${version}, which this version does not know`, {
      hint: 'use a newer version of Pocket',
    })
  }
  const record: ForgottenRecord = {
    snapshotId: toHex(fields.bytes('snapshot', CHUNK_ID_BYTES)) as ObjectId,
    object: Uint8Array.from(fields.bytes('object')),
    timeNs: fields.int64('time'),
    host: fields.text('host'),
    user: fields.text('user'),
    program: fields.text('program'),
  }
  const unknown = fields.rest()
  return unknown === undefined ? record : {...record, unknown}
}
