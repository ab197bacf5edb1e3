/**
 * zstd (RFC 8878), one frame a call and synchronous: the native library where it loads, else Node's own.
 *
 * This folder knows bytes only. Nothing is ever decompressed into more memory than the caller named.
 */
import {createRequire} from 'node:module'
import * as zlib from 'node:zlib'
import {PocketError} from '../errors.js'

export interface Compressor {
  /** One zstd frame holding `source`. May be a view of a buffer that the next call overwrites. */
  compress(source: Uint8Array): Uint8Array
}

export interface Decompressor {
  /**
   * The `rawLength` bytes that `source` holds, in a buffer of their own that starts at offset 0 of its memory.
   * Takes `rawLength` bytes of memory, so the caller bounds it first. Throws `damaged-frame` when `source` is
   * not zstd frames of exactly that many bytes.
   */
  decompress(source: Uint8Array, rawLength: number): Buffer
  /** Fills `target` exactly. Throws `damaged-frame` as above; `target` then holds anything. */
  decompressInto(target: Uint8Array, source: Uint8Array): void
}

export type ZstdLibraryName = 'native' | 'node'

export interface ZstdLibrary {
  createCompressor(level: number): Compressor
  createDecompressor(): Decompressor
}

/** A compressor for one thread at zstd level `level` (1 to 19). Throws `library-missing`. */
export function createCompressor(level: number): Compressor {
  return library().createCompressor(level)
}

/** A decompressor for one thread. Throws `library-missing`. */
export function createDecompressor(): Decompressor {
  return library().createDecompressor()
}

/** One of the two libraries by name, so that tests can compare them. Throws when this machine does not have it. */
export function createZstdWith(name: ZstdLibraryName): ZstdLibrary {
  return name === 'native' ? loadNative() : loadNode()
}

/** What of zstd is in node:zlib since Node 22.15; the types in use are those of the oldest Node supported. */
interface NodeZstd {
  zstdCompressSync(source: Uint8Array, options: {params: Record<number, number>}): Buffer
  zstdDecompressSync(source: Uint8Array, options: {maxOutputLength: number; info: true}): {buffer: Buffer; engine: {bytesWritten: number}}
  constants: {ZSTD_c_compressionLevel: number}
}

/** What is used of zstd-napi. Not its own types: it is optional, and Pocket is to build where it could not be installed. */
interface Native {
  CCtx: new () => {setParameter(parameter: number, value: number): void; compress2(target: Uint8Array, source: Uint8Array): number}
  DCtx: new () => {decompress(target: Uint8Array, source: Uint8Array): number}
  CParameter: {compressionLevel: number}
  compressBound(sourceBytes: number): number
}

const require = createRequire(import.meta.url)
let loaded: ZstdLibrary | undefined

function library(): ZstdLibrary {
  loaded ??= load()
  return loaded
}

function load(): ZstdLibrary {
  const failures: unknown[] = []
  for (const loadOne of [loadNative, loadNode]) {
    try {
      return loadOne()
    } catch (error) {
      failures.push(error)
    }
  }
  throw new PocketError('library-missing', 'cannot load a zstd library', {
    hint: 'use Node 22.15 or later, which has zstd built in, or let zstd-napi build: npm rebuild zstd-napi',
    cause: new AggregateError(failures),
  })
}

function loadNative(): ZstdLibrary {
  const native = require('zstd-napi/binding.js') as Native
  return {
    createCompressor: (level) => createNativeCompressor(native, level),
    createDecompressor() {
      const context = new native.DCtx()
      return decompressorOf((target, source) => context.decompress(target, source))
    },
  }
}

function createNativeCompressor(native: Native, level: number): Compressor {
  const context = new native.CCtx()
  context.setParameter(native.CParameter.compressionLevel, level)
  let target: Uint8Array = Buffer.allocUnsafeSlow(0)
  return {
    compress(source) {
      const bound = native.compressBound(source.length)
      if (target.length < bound) target = Buffer.allocUnsafeSlow(bound)
      return target.subarray(0, context.compress2(target, source))
    },
  }
}

function loadNode(): ZstdLibrary {
  if (!('zstdCompressSync' in zlib)) throw new Error(`node ${process.version} has no zstd`)
  const node = zlib as unknown as NodeZstd
  return {
    createCompressor: (level) => ({
      compress: (source) => node.zstdCompressSync(source, {params: {[node.constants.ZSTD_c_compressionLevel]: level}}),
    }),
    createDecompressor: () =>
      decompressorOf((target, source) => {
        const {buffer, engine} = node.zstdDecompressSync(source, {maxOutputLength: Math.max(target.length, 1), info: true})
        // Node steps over what follows the frame without a word.
        if (engine.bytesWritten !== source.length) throw new Error(`the frame ends at byte ${engine.bytesWritten}`)
        if (buffer.length === target.length) target.set(buffer)
        return buffer.length
      }),
  }
}

function decompressorOf(fill: (target: Uint8Array, source: Uint8Array) => number): Decompressor {
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
