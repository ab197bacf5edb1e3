/** zstd compiled to WebAssembly: half as fast as the native one, and it loads everywhere. */
import {frameContentSize} from './zstd-frame.js'
import {decompressorOf, type ZstdLibrary} from './zstd-library.js'

/** Throws when the library does not load. */
export async function loadWasm(): Promise<ZstdLibrary> {
  const {default: wasm} = await import('@bokuweb/zstd-wasm')
  await wasm.init()
  return {
    createCompressor: (level) => ({compress: (source) => wasm.compress(source, level)}),
    createDecompressor: () =>
      decompressorOf((target, source) => {
        // The library takes as much memory as the frame says it holds; without a word of it, as much as it is told here.
        const size = frameContentSize(source)
        if (size !== undefined && size !== target.length) throw new Error(`the frame says that it holds ${size} bytes`)
        const raw = wasm.decompress(source, {defaultHeapSize: target.length})
        if (raw.length === target.length) target.set(raw)
        return raw.length
      }),
  }
}
