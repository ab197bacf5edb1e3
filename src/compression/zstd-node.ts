/** zstd by node:zlib, which has it since Node 22.15. */
import * as zlib from 'node:zlib'
import {decompressorOf, type ZstdLibrary} from './zstd-library.js'

/** What is used of it; the types in use are those of the oldest Node supported. */
interface NodeZstd {
  zstdCompressSync(source: Uint8Array, options: {params: Record<number, number>}): Buffer
  zstdDecompressSync(source: Uint8Array, options: {maxOutputLength: number; info: true}): {buffer: Buffer; engine: {bytesWritten: number}}
  constants: {ZSTD_c_compressionLevel: number}
}

/** Throws where Node has no zstd. */
export function loadNode(): ZstdLibrary {
  const node = zlib as unknown as NodeZstd
  if (typeof node.zstdCompressSync !== 'function') throw new Error(`node ${process.version} has no zstd`)
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
