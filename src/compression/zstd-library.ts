/** What the libraries for zstd have in common, and what each of them is made into. */
import {PocketError} from '../errors.js'

export interface Compressor {
  /** One zstd frame holding `source`. May be a view of a buffer that the next call overwrites. */
  compress(source: Uint8Array): Uint8Array
}

export interface Decompressor {
  /**
   * The `rawLength` bytes that `source` holds, in a buffer of their own that starts at offset 0 of its memory.
   * Takes `rawLength` bytes of memory, so the caller bounds it first. Throws `damaged-frame` when `source` is
   * not a zstd frame of exactly that many bytes.
   */
  decompress(source: Uint8Array, rawLength: number): Buffer
  /** Fills `target` exactly. Throws `damaged-frame` as above; `target` then holds anything. */
  decompressInto(target: Uint8Array, source: Uint8Array): void
}

export interface ZstdLibrary {
  createCompressor(level: number): Compressor
  createDecompressor(): Decompressor
}

/** A decompressor of `fill`, which gives the length of what it wrote into `target`, and throws when that is too small or `source` is no zstd. */
export function decompressorOf(fill: (target: Uint8Array, source: Uint8Array) => number): Decompressor {
  function decompressInto(target: Uint8Array, source: Uint8Array): void {
    const length = attempt(fill, target, source)
    if (length !== target.length) throw damaged(`holds ${length} bytes instead of ${target.length}`)
  }
  return {
    decompressInto,
    decompress(source, rawLength) {
      const target = Buffer.allocUnsafeSlow(rawLength)
      decompressInto(target, source)
      return target
    },
  }
}

function attempt(fill: (target: Uint8Array, source: Uint8Array) => number, target: Uint8Array, source: Uint8Array): number {
  try {
    return fill(target, source)
  } catch (error) {
    throw damaged(`is not zstd of ${target.length} bytes`, error)
  }
}

function damaged(problem: string, cause?: unknown): PocketError {
  return new PocketError('damaged-frame', `cannot decompress: the frame ${problem}`, {cause})
}
