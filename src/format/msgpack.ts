/**
 * MessagePack as the records use it: nil, booleans, whole numbers, text, bytes, arrays, and maps with text as keys.
 * docs/repository-format.md, "MessagePack".
 */
import {isUtf8} from 'node:buffer'
import {Packr, Unpackr} from 'msgpackr/pack'
import {type ErrorCode, PocketError} from '../errors.js'

/** A number that fits a double is a number, any other a bigint. */
export type Plain = null | boolean | number | bigint | string | Uint8Array | Plain[] | PlainMap
export interface PlainMap {
  [key: string]: Plain
}

const MAX_DEPTH = 16
const packer = new Packr({useRecords: false, variableMapSize: true, moreTypes: false})
const unpacker = new Unpackr({useRecords: false, mapsAsObjects: true, int64AsType: 'bigint'})

/** The bytes of `map`, keys in its order. Bigints always take nine bytes. */
export function encodeMap(map: PlainMap): Uint8Array {
  return new Uint8Array(packer.pack(map))
}

/** A number of 0 to 2^53 - 1 as the encoder takes it: larger than 32 bits it would become a float. */
export function wholeNumber(value: number): Plain {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a whole number that can be stored`)
  return value > 0xffff_ffff ? BigInt(value) : value
}

/**
 * The one map that `bytes` hold. Its byte values are views of `bytes`. Throws `code` for anything else: floats,
 * extensions, text that is not UTF-8, bytes after the map, nesting deeper than 16. Memory is bounded by the length of `bytes`.
 */
export function decodeMap(bytes: Uint8Array, code: ErrorCode): PlainMap {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = new Scanner(buffer, code).skipMap()
  if (end !== buffer.length) throw new PocketError(code, `cannot decode the record: it ends at byte ${end} of ${buffer.length}`)
  return unpacker.unpack(buffer) as PlainMap
}

/** Walks over a value before it is decoded, so that the decoder never meets what the records do not use. */
class Scanner {
  #position = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly code: ErrorCode,
  ) {}

  /** The position after the map that the bytes begin with. */
  skipMap(): number {
    const first = this.bytes[0]
    if ((first & 0xf0) !== 0x80 && first !== 0xde && first !== 0xdf) throw this.damaged('it is not a map')
    this.#skipValue(0)
    return this.#position
  }

  #skipValue(depth: number): void {
    const start = this.#position
    const type = this.#take(1)
    if (type <= 0x7f || type >= 0xe0) return
    if (type <= 0x8f) return this.#skipPairs(type & 0x0f, depth)
    if (type <= 0x9f) return this.#skipValues(type & 0x0f, depth)
    if (type <= 0xbf) return this.#skipText(type & 0x1f)
    switch (type) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6:
        return this.#skip(this.#take(1 << (type - 0xc4)))
      case 0xcc: // uint 8, 16, 32, 64
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#skip(1 << (type - 0xcc))
      case 0xd0: // int 8, 16, 32, 64
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#skip(1 << (type - 0xd0))
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        return this.#skipText(this.#take(1 << (type - 0xd9)))
      case 0xdc: // array 16, 32
      case 0xdd:
        return this.#skipValues(this.#take(2 << (type - 0xdc)), depth)
      case 0xde: // map 16, 32
      case 0xdf:
        return this.#skipPairs(this.#take(2 << (type - 0xde)), depth)
      default:
        throw this.damaged(`type 0x${type.toString(16)} at byte ${start} is not used`)
    }
  }

  #skipValues(count: number, depth: number): void {
    this.#checkNesting(count, depth)
    for (let index = 0; index < count; index++) this.#skipValue(depth + 1)
  }

  #skipPairs(count: number, depth: number): void {
    this.#checkNesting(count * 2, depth)
    for (let index = 0; index < count; index++) {
      this.#skipKey()
      this.#skipValue(depth + 1)
    }
  }

  #skipKey(): void {
    const type = this.bytes[this.#position]
    const isText = (type & 0xe0) === 0xa0 || (type >= 0xd9 && type <= 0xdb)
    if (!isText) throw this.damaged(`the key at byte ${this.#position} is not text`)
    this.#skipValue(MAX_DEPTH)
  }

  #skipText(length: number): void {
    const start = this.#position
    this.#skip(length)
    if (this.#isAscii(start, this.#position) || isUtf8(this.bytes.subarray(start, this.#position))) return
    throw this.damaged(`the text at byte ${start} is not UTF-8`)
  }

  /** Most texts are short keys: asking the system about each costs more than looking at its few bytes. */
  #isAscii(start: number, end: number): boolean {
    for (let index = start; index < end; index++) if (this.bytes[index] > 0x7f) return false
    return true
  }

  #checkNesting(values: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw this.damaged(`it is nested deeper than ${MAX_DEPTH}`)
    if (values > this.bytes.length - this.#position) throw this.damaged('it is cut short')
  }

  #take(width: number): number {
    const start = this.#position
    this.#skip(width)
    return this.bytes.readUIntBE(start, width)
  }

  #skip(length: number): void {
    if (length > this.bytes.length - this.#position) throw this.damaged('it is cut short')
    this.#position += length
  }

  damaged(problem: string): PocketError {
    return new PocketError(this.code, `cannot decode the record: ${problem}`)
  }
}
