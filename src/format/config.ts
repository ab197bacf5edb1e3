import {PocketError} from '../errors.js'
import {equalBytes} from '../util/bytes.js'
import {Fields} from './fields.js'
import {FORMAT_VERSION, SUITE, type Suite} from './head.js'
import {decodeMap, encodeMap, type PlainMap, wholeNumber} from './msgpack.js'

/** What a repository is made with; only its version is ever raised: docs/repository-format.md, "config". */
export interface ConfigRecord {
  /** 2 once something may have been removed: who writes must look at removals. 1 where it is not there. */
  version?: typeof REMOVAL_VERSION
  /** 32 random bytes. */
  repositoryId: Uint8Array
  suite: Suite
  chunker: {minSize: number; averageSize: number; maxSize: number; normalization: 2}
  /** Bytes of a pack at which it is ended. */
  packTargetBytes: number
  /** Raw bytes of a frame at which it is ended. */
  frameTargetBytes: number
  createdNs: bigint
  /** Such as `pocket 1.0.0`. */
  createdBy: string
  /** What the storage did with a conditional create when the repository was made; a hint, which a reader may pass over. */
  conditionalCreate?: string
  /** Keys of later versions, kept as they are. */
  unknown?: PlainMap
}

export interface DecodedConfig {
  config: ConfigRecord
  /** The bytes that `authentication` covers: all that come before the pair `auth`. */
  authenticated: Uint8Array
  /** 32 bytes, in suite 1 only. */
  authentication?: Uint8Array
}

/** The version of repositories from which packs are removed: docs/repository-format.md, "Removals". */
export const REMOVAL_VERSION = 2
export const MAX_CONFIG_BYTES = 64 * 1024

const AUTHENTICATION_BYTES = 32
/** The pair that ends the config in suite 1: key `auth` as text, then the header of 32 bytes. */
const AUTHENTICATION_HEADER = Uint8Array.of(0xa4, 0x61, 0x75, 0x74, 0x68, 0xc4, AUTHENTICATION_BYTES)
const MAX_CHUNK_BYTES = 64 * 1024 * 1024
const MAX_FRAME_BYTES = 64 * 1024 * 1024
const MAX_PACK_BYTES = 1024 * 1024 * 1024
const CODE = 'damaged-config'

/**
 * The bytes of `config`. In suite 1 `authenticate` is given the bytes to authenticate and returns 32 bytes: BLAKE3 keyed with
 * the repository's config key. Throws TypeError when it is missing in suite 1 or given in suite 0.
 */
export function encodeConfig(config: ConfigRecord, authenticate?: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if ((config.suite === SUITE.none) !== (authenticate === undefined)) {
    throw new TypeError('a config is authenticated in suite 1, and only there')
  }
  const map = toMap(config)
  if (authenticate === undefined) return encodeMap(map)
  const whole = encodeMap({...map, auth: new Uint8Array(AUTHENTICATION_BYTES)})
  const authentication = authenticate(whole.subarray(0, authenticatedLength(whole)))
  whole.set(authentication, whole.length - AUTHENTICATION_BYTES)
  return whole
}

/**
 * The config that `bytes` hold; the caller then verifies `authentication`. Throws `damaged-config`, and `format-too-new` for a
 * later version or an unknown suite.
 */
export function decodeConfig(bytes: Uint8Array): DecodedConfig {
  if (bytes.length > MAX_CONFIG_BYTES) throw new PocketError(CODE, `the config has ${bytes.length} bytes: too many`)
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const version = fields.number('pocket')
  if (version > REMOVAL_VERSION) throw tooNew(`format version ${version}`)
  if (version === 0) throw fields.damaged('pocket')
  const suite = fields.number('suite')
  if (suite !== SUITE.none && suite !== SUITE.aes256Gcm) throw tooNew(`sealing suite ${suite}`)
  if (fields.has('auth') !== (suite === SUITE.aes256Gcm)) throw fields.damaged('auth')
  if (suite === SUITE.none) return {config: fromFields(fields, suite), authenticated: bytes}
  const length = authenticatedLength(bytes)
  const header = bytes.subarray(length, length + AUTHENTICATION_HEADER.length)
  if (!equalBytes(header, AUTHENTICATION_HEADER)) throw fields.damaged('auth')
  const authentication = Uint8Array.from(fields.bytes('auth', AUTHENTICATION_BYTES))
  return {config: fromFields(fields, suite), authenticated: bytes.subarray(0, length), authentication}
}

function toMap(config: ConfigRecord): PlainMap {
  const {minSize, averageSize, maxSize, normalization} = config.chunker
  return {
    pocket: config.version ?? FORMAT_VERSION,
    id: config.repositoryId,
    suite: config.suite,
    chunker: {min: minSize, average: averageSize, max: maxSize, normalization},
    pack: {target: wholeNumber(config.packTargetBytes)},
    frame: {target: wholeNumber(config.frameTargetBytes)},
    created: config.createdNs,
    created_by: config.createdBy,
    ...(config.conditionalCreate !== undefined && {conditional_create: config.conditionalCreate}),
    ...config.unknown,
  }
}

function fromFields(fields: Fields, suite: Suite): ConfigRecord {
  const config: ConfigRecord = {
    repositoryId: Uint8Array.from(fields.bytes('id', 32)),
    suite,
    chunker: decodeChunker(fields.fields('chunker')),
    packTargetBytes: fields.fields('pack').number('target', MAX_PACK_BYTES),
    frameTargetBytes: fields.fields('frame').number('target', MAX_FRAME_BYTES),
    createdNs: fields.int64('created'),
    createdBy: fields.text('created_by'),
  }
  if (fields.number('pocket') === REMOVAL_VERSION) config.version = REMOVAL_VERSION
  if (fields.has('conditional_create')) config.conditionalCreate = fields.text('conditional_create')
  const unknown = fields.rest()
  return unknown === undefined ? config : {...config, unknown}
}

/** Bounds what a reader must be ready to hold; whether a chunker can cut so is the chunker's to say. */
function decodeChunker(fields: Fields): ConfigRecord['chunker'] {
  const minSize = fields.number('min', MAX_CHUNK_BYTES)
  const averageSize = fields.number('average', MAX_CHUNK_BYTES)
  const maxSize = fields.number('max', MAX_CHUNK_BYTES)
  if (fields.number('normalization') !== 2) throw tooNew('another normalization of the chunker')
  if (minSize > averageSize || averageSize > maxSize || maxSize === 0) throw fields.damaged('max')
  return {minSize, averageSize, maxSize, normalization: 2}
}

function authenticatedLength(bytes: Uint8Array): number {
  return Math.max(0, bytes.length - AUTHENTICATION_HEADER.length - AUTHENTICATION_BYTES)
}

function tooNew(what: string): PocketError {
  return new PocketError('format-too-new', `the repository has ${what}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}
