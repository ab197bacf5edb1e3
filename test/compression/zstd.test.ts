import {randomBytes} from 'node:crypto'
import * as zlib from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import {createCompressor, createDecompressor, loadZstd, loadZstdLibrary} from '../../src/compression/zstd.js'
import {fromHex} from '../../src/util/bytes.js'

await loadZstd()
// zstd-napi is optional, and Node 20 has no zstd: these are tested where there are any.
const native = await loadZstdLibrary('native').catch((error: Error) => error)
const libraries = new Map([['wasm', await loadZstdLibrary('wasm')]])
if (!(native instanceof Error)) libraries.set('native', native)
if ('zstdCompressSync' in zlib) libraries.set('node', await loadZstdLibrary('node'))

for (const [name, zstd] of libraries) {
  const compress = (source: Uint8Array, level = 3) => Uint8Array.from(zstd.createCompressor(level).compress(source))

  test(`zstd (${name}): gives back what it was given, at every level in use`, (t) => {
    const decompressor = zstd.createDecompressor()
    for (const level of [1, 3, 9, 19]) {
      const compressor = zstd.createCompressor(level)
      fc.assert(
        fc.property(fc.uint8Array({maxLength: 2000}), (source) => {
          t.deepEqual([...decompressor.decompress(compressor.compress(source), source.length)], [...source])
        }),
        {numRuns: 30},
      )
    }
  })

  test(`zstd (${name}): one compressor takes sources that grow and shrink`, (t) => {
    const compressor = zstd.createCompressor(1)
    const decompressor = zstd.createDecompressor()
    for (const length of [0, 10, 3_000_000, 5, 100_000, 0]) {
      const source = randomBytes(length)
      t.true(decompressor.decompress(compressor.compress(source), length).equals(source))
    }
  })

  test(`zstd (${name}): a decompressed buffer begins at the beginning of its memory and is that long`, (t) => {
    const raw = zstd.createDecompressor().decompress(compress(new Uint8Array(100)), 100)
    t.is(raw.byteOffset, 0)
    t.is(raw.buffer.byteLength, 100)
  })

  test(`zstd (${name}): a frame of more or fewer bytes than named is damaged-frame`, (t) => {
    const decompressor = zstd.createDecompressor()
    for (const length of [0, 1, 1000, 200_000]) {
      const compressed = compress(new Uint8Array(length).fill(7))
      t.throws(() => decompressor.decompress(compressed, length + 1), {code: 'damaged-frame'})
      if (length > 0) t.throws(() => decompressor.decompress(compressed, length - 1), {code: 'damaged-frame'})
      t.is(decompressor.decompress(compressed, length).length, length)
    }
  })

  test(`zstd (${name}): a bomb takes no more memory than the caller named`, (t) => {
    const bomb = compress(new Uint8Array(256 * 1024 * 1024))
    t.true(bomb.length < 50_000)
    const decompressor = zstd.createDecompressor()
    const before = process.memoryUsage()
    t.throws(() => decompressor.decompress(bomb, 1000), {code: 'damaged-frame'})
    const after = process.memoryUsage()
    t.true(after.rss - before.rss < 32 * 1024 * 1024, `took ${after.rss - before.rss} bytes`)
  })

  test(`zstd (${name}): bytes that are no zstd, cut short or followed by others are damaged-frame`, (t) => {
    const decompressor = zstd.createDecompressor()
    const compressed = compress(Buffer.from('the same text, the same text, the same text'))
    for (let length = 0; length < compressed.length; length++) {
      t.throws(() => decompressor.decompress(compressed.subarray(0, length), 43), {code: 'damaged-frame'}, `cut at ${length}`)
    }
    const longer = Buffer.concat([compressed, Buffer.from('more')])
    t.throws(() => decompressor.decompress(longer, 43), {code: 'damaged-frame'})
    t.throws(() => decompressor.decompress(fromHex('00112233445566778899'), 43), {code: 'damaged-frame'})
    t.is(decompressor.decompress(compressed, 43).length, 43)
  })

  test(`zstd (${name}): any bytes are either that many bytes or damaged-frame`, (t) => {
    const decompressor = zstd.createDecompressor()
    const compressed = compress(Buffer.from('abcabcabcabcabc and so on'))
    fc.assert(
      fc.property(fc.nat(compressed.length - 1), fc.nat(255), (position, value) => {
        const changed = Uint8Array.from(compressed)
        changed[position] = value
        try {
          t.is(decompressor.decompress(changed, 25).length, 25)
        } catch (error) {
          t.is((error as {code?: string}).code, 'damaged-frame')
        }
      }),
    )
    t.is(decompressor.decompress(compressed, 25).toString(), 'abcabcabcabcabc and so on')
  })

  test(`zstd (${name}): decompressInto fills a part of another buffer and nothing beside it`, (t) => {
    const target = Buffer.alloc(10, 0xee)
    zstd.createDecompressor().decompressInto(target.subarray(2, 6), compress(Buffer.from('text')))
    t.is(target.toString('hex'), 'eeee74657874eeeeeeee')
  })
}

test('zstd: reads a frame that the zstd program wrote', (t) => {
  // printf 'zstd wrote this' | zstd --no-check | xxd -p
  const frame = fromHex('28b52ffd00587900007a7374642077726f74652074686973')
  t.is(createDecompressor().decompress(frame, 15).toString(), 'zstd wrote this')
})

test('zstd: every compressor has a buffer of its own', (t) => {
  const first = createCompressor(3).compress(Buffer.from('first'))
  const copy = Uint8Array.from(first)
  createCompressor(3).compress(Buffer.from('something else'))
  t.deepEqual(Uint8Array.from(first), copy)
})

test('zstd: a frame tells its raw length in its header, so that other tools can bound it', (t) => {
  const compressed = createCompressor(3).compress(new Uint8Array(300))
  // Frame_Header_Descriptor: the two highest bits 01 mean a content size of two bytes, less 256.
  t.is(compressed[4] >> 6, 1)
  t.is(compressed[5] | (compressed[6] << 8), 300 - 256)
})
