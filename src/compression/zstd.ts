/**
 * zstd (RFC 8878), one frame a call and synchronous: the native library where it loads, else Node's own, else one in WebAssembly.
 *
 * This folder knows bytes only. Nothing is ever decompressed into more memory than the caller named.
 */
import {PocketError} from '../errors.js'
import type {Compressor, Decompressor, ZstdLibrary} from './zstd-library.js'
import {loadNative} from './zstd-native.js'
import {loadNode} from './zstd-node.js'

export type {Compressor, Decompressor} from './zstd-library.js'

export type ZstdLibraryName = 'native' | 'node' | 'wasm'

let loaded: ZstdLibrary | undefined

/** Loads the library; each thread waits for it once before it compresses or decompresses. Throws `library-missing`. */
export async function loadZstd(): Promise<void> {
  if (loaded) return
  const failures: unknown[] = []
  for (const name of ['native', 'node', 'wasm'] as const) {
    try {
      loaded = await loadZstdLibrary(name)
      return
    } catch (error) {
      failures.push(error)
    }
  }
  throw new PocketError('library-missing', 'cannot load a zstd library', {
    hint: "install Pocket's packages again, or use Node 22.15 or later, which has zstd built in",
    cause: new AggregateError(failures),
  })
}

/** A compressor for one thread at zstd level `level` (1 to 19). */
export function createCompressor(level: number): Compressor {
  return library().createCompressor(level)
}

/** A decompressor for one thread. */
export function createDecompressor(): Decompressor {
  return library().createDecompressor()
}

const sharedCompressors = new Map<number, Compressor>()
let decompressorOfAll: Decompressor | undefined

/** The compressor of this thread for records: what it returns is to be copied before anyone else compresses one. Making one takes longer than a record does. It keeps as much memory as the largest needed. */
export function sharedCompressor(level: number): Compressor {
  let compressor = sharedCompressors.get(level)
  if (!compressor) sharedCompressors.set(level, (compressor = createCompressor(level)))
  return compressor
}

/** The decompressor of this thread for records. */
export function sharedDecompressor(): Decompressor {
  return (decompressorOfAll ??= createDecompressor())
}

/** One of the libraries by name, so that tests can compare them. Throws when this machine does not have it. */
export async function loadZstdLibrary(name: ZstdLibraryName): Promise<ZstdLibrary> {
  if (name === 'native') return loadNative()
  if (name === 'node') return loadNode()
  const {loadWasm} = await import('./zstd-wasm.js')
  return loadWasm()
}

function library(): ZstdLibrary {
  if (!loaded) throw new Error('loadZstd was not waited for in this thread')
  return loaded
}
