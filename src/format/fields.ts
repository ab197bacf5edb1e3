import {type ErrorCode, PocketError} from '../errors.js'
import type {Plain, PlainMap} from './msgpack.js'
import {CHUNK_ID_BYTES} from './reference.js'

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

/** Reads the values of a decoded map by name, each checked; every method throws the code given here for any other value. */
export class Fields {
  readonly #seen = new Set<string>()

  constructor(
    private readonly map: PlainMap,
    private readonly code: ErrorCode,
  ) {}

  has(name: string): boolean {
    return Object.hasOwn(this.map, name)
  }

  /** A whole number of 0 to `max`. */
  number(name: string, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#get(name)
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > max) throw this.damaged(name)
    return number
  }

  int64(name: string): bigint {
    return this.#integer(name, MIN_INT64, MAX_INT64)
  }

  uint64(name: string): bigint {
    return this.#integer(name, 0n, MAX_UINT64)
  }

  text(name: string): string {
    const value = this.#get(name)
    if (typeof value !== 'string') throw this.damaged(name)
    return value
  }

  /** Bytes, of exactly `length` where it is given: a view of what was decoded. */
  bytes(name: string, length?: number): Uint8Array {
    const value = this.#get(name)
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) throw this.damaged(name)
    return value
  }

  /** Ids of chunks, 32 bytes each: a view of what was decoded. */
  ids(name: string): Uint8Array {
    const value = this.bytes(name)
    if (value.length % CHUNK_ID_BYTES !== 0) throw this.damaged(name)
    return value
  }

  list(name: string): Plain[] {
    const value = this.#get(name)
    if (!Array.isArray(value)) throw this.damaged(name)
    return value
  }

  texts(name: string): string[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw this.damaged(name)
      return value
    })
  }

  fields(name: string): Fields {
    return new Fields(this.plainMap(name), this.code)
  }

  plainMap(name: string): PlainMap {
    const value = this.#get(name)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw this.damaged(name)
    }
    return value
  }

  /** Whether the value is nil. */
  isNil(name: string): boolean {
    return this.#get(name) === null
  }

  /** Whether the value is true; one that is missing is not. */
  isTrue(name: string): boolean {
    const value = this.#get(name)
    if (value !== undefined && typeof value !== 'boolean') throw this.damaged(name)
    return value === true
  }

  /** All that no method was asked for: what a later version has added. */
  rest(): PlainMap | undefined {
    const entries = Object.entries(this.map).filter(([name]) => !this.#seen.has(name))
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }

  damaged(name: string): PocketError {
    return new PocketError(this.code, `cannot decode the record: '${name}' is missing or not what it should be`)
  }

  #get(name: string): Plain | undefined {
    this.#seen.add(name)
    return this.has(name) ? this.map[name] : undefined
  }

  #integer(name: string, min: bigint, max: bigint): bigint {
    const value = this.#get(name)
    const integer = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    if (typeof integer !== 'bigint' || integer < min || integer > max) throw this.damaged(name)
    return integer
  }
}
