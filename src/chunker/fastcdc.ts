import {readFileSync} from 'node:fs'
import {type ChunkerParameters, checkParameters, maskBits} from './parameters.js'

/**
 * The chunker: finds where content is cut, by FastCDC. It knows neither files nor hashes of chunks, only bytes in its
 * own memory.
 *
 * The rule (FastCDC, Xia and others, USENIX ATC 2016 and IEEE TPDS 2020, with a 64-bit hash). The content is one run of
 * bytes; a chunk begins where the one before it ended. With positions counted from 0 at the chunk's first byte:
 *
 * - A content that ends at or before minSize bytes of the chunk ends the chunk: it is the last one.
 * - hash = 0 before position minSize; the bytes before it are not looked at. For each position p from minSize on:
 *   hash = (2 * hash + gear[byte at p]) mod 2^64, and the chunk ends after p, with length p + 1, when the highest n
 *   bits of hash are all zero; n = log2(averageSize) + 2 for p < averageSize, and log2(averageSize) - 2 from there on.
 * - A chunk that reaches maxSize bytes ends there; so does one at which the content ends.
 *
 * So every chunk but the last has minSize + 1 to maxSize bytes, and an empty content has no chunk. The highest bits
 * are used because each of them depends on all of the last 64 bytes (bit k of the hash only on the last k + 1): a mask
 * of low bits would look at as many bytes as it has bits, and find far fewer distinct places to cut.
 */

const GEAR_OFFSET = 0
const LENGTHS_OFFSET = 2048
const PAGE_BYTES = 65536
const ALIGNMENT = 4096
const LARGEST_BUFFER = 1024 * 1024 * 1024

type Cut = (
  start: number,
  end: number,
  isFinal: number,
  minSize: number,
  averageSize: number,
  maxSize: number,
  strictBits: number,
  looseBits: number,
) => number

export interface ChunkerOptions {
  parameters: ChunkerParameters
  /** From `gearTable`: 256 numbers. */
  gear: BigUint64Array
  /** Size of `buffer`: at least maxSize, best several times that. */
  bufferBytes: number
  /** What `compileChunker` returned, here or in another thread; compiled once per process or thread without it. */
  module?: WebAssembly.Module
}

/** One memory of fixed size and the code that cuts what lies in it. For one thread and one content at a time. */
export class Chunker {
  /** Where content is read to; lies inside the WebAssembly memory, which never grows, so this view stays valid. */
  readonly buffer: Buffer
  /** The lengths of the chunks that the last `cut` found, from index 0 on. Overwritten by the next call. */
  readonly lengths: Uint32Array
  readonly #cut: (start: number, end: number, isFinal: boolean) => number

  /** Throws PocketError `usage` for parameters that `checkParameters` refuses, RangeError for a wrong table or size. */
  constructor({parameters, gear, bufferBytes, module = compileChunker()}: ChunkerOptions) {
    checkParameters(parameters)
    if (gear.length !== 256) throw new RangeError(`expected 256 gear numbers, got ${gear.length}`)
    if (!Number.isInteger(bufferBytes) || bufferBytes < parameters.maxSize || bufferBytes > LARGEST_BUFFER) {
      throw new RangeError(`buffer of ${bufferBytes} bytes is not between ${parameters.maxSize} and ${LARGEST_BUFFER}`)
    }
    const capacity = Math.floor(bufferBytes / parameters.minSize) + 1
    const dataOffset = Math.ceil((LENGTHS_OFFSET + 4 * capacity) / ALIGNMENT) * ALIGNMENT
    const pages = Math.ceil((dataOffset + bufferBytes) / PAGE_BYTES)
    const memory = new WebAssembly.Memory({initial: pages, maximum: pages})
    writeGear(memory, gear)
    this.buffer = Buffer.from(memory.buffer, dataOffset, bufferBytes)
    this.lengths = new Uint32Array(memory.buffer, LENGTHS_OFFSET, capacity)
    this.#cut = bindCut(new WebAssembly.Instance(module, {env: {memory}}), parameters, dataOffset)
  }

  /**
   * Cuts `buffer` from `start`, where a chunk begins, to `end`, and returns the number of chunks found; their lengths
   * are in `lengths`, which has room for all of them. They follow each other from `start` on.
   *
   * With `isFinal` the content ends at `end` and the chunks reach it. Without, the bytes after the last certain cut
   * are left: the caller moves them to the front, reads on behind them, and calls again from their start. A call
   * with maxSize bytes or more always finds a chunk. So the cuts do not depend on how the content is sliced.
   * Throws RangeError when the range is not inside `buffer`.
   */
  cut(start: number, end: number, isFinal: boolean): number {
    if (!(start >= 0 && start <= end && end <= this.buffer.length)) {
      throw new RangeError(`range ${start} to ${end} is not inside the buffer of ${this.buffer.length} bytes`)
    }
    return this.#cut(start, end, isFinal)
  }
}

let compiled: WebAssembly.Module | undefined

/** The compiled code, once per process or thread; may be posted to another thread. */
export function compileChunker(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./fastcdc.wasm', import.meta.url)))
  return compiled
}

function writeGear(memory: WebAssembly.Memory, gear: BigUint64Array): void {
  const view = new DataView(memory.buffer, GEAR_OFFSET)
  gear.forEach((value, index) => {
    view.setBigUint64(index * 8, value, true)
  })
}

function bindCut(instance: WebAssembly.Instance, parameters: ChunkerParameters, dataOffset: number): Chunker['cut'] {
  const {minSize, averageSize, maxSize} = parameters
  const {strict, loose} = maskBits(parameters)
  const cut = instance.exports.cut as Cut
  return (start, end, isFinal) => cut(dataOffset + start, dataOffset + end, isFinal ? 1 : 0, minSize, averageSize, maxSize, strict, loose)
}
