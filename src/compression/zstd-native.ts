/** zstd by zstd-napi, the C library bound with Node-API: the fastest, where its install script could run. */
import {createRequire} from 'node:module'
import {type Compressor, decompressorOf, type ZstdLibrary} from './zstd-library.js'

/** What is used of zstd-napi. Not its own types: it is optional, and Pocket is to build where it could not be installed. */
interface Native {
  CCtx: new () => {setParameter(parameter: number, value: number): void; compress2(target: Uint8Array, source: Uint8Array): number}
  DCtx: new () => {decompress(target: Uint8Array, source: Uint8Array): number}
  CParameter: {compressionLevel: number}
  compressBound(sourceBytes: number): number
}

const require = createRequire(import.meta.url)

/** Throws when the library does not load. */
export function loadNative(): ZstdLibrary {
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
