import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import test from 'ava'

const NODE_ZSTD = 'node:zlib zstd'

/** Runs `code` in a process of its own in which the packages whose names hold one of `missing` cannot be loaded, nor Node's zstd if it is one of them. */
async function runWithout(missing: readonly string[], code: string): Promise<string> {
  const source = `
    const Module = require('node:module')
    const load = Module._load
    if (${missing.includes(NODE_ZSTD)}) delete require('node:zlib').zstdCompressSync
    Module.syncBuiltinESMExports()
    Module._load = (name, ...rest) => {
      if (${JSON.stringify(missing)}.some((part) => name.includes(part))) throw new Error('blocked: ' + name)
      return load(name, ...rest)
    }
    const run = async () => {${code}}
    run().then(console.log, (error) => console.log(error.code, error.hint !== undefined))`
  const {stdout} = await promisify(execFile)(process.execPath, ['--eval', source])
  return stdout.trim()
}

const BLAKE3 = new URL('../../src/crypto/blake3.js', import.meta.url).href
const ZSTD = new URL('../../src/compression/zstd.js', import.meta.url).href
const HASH = `
  const {hash} = await import(${JSON.stringify(BLAKE3)})
  return Buffer.from(hash(new Uint8Array(0))).toString('hex')`
const COMPRESS = `
  const {createCompressor, createDecompressor, loadZstd} = await import(${JSON.stringify(ZSTD)})
  await loadZstd()
  return createDecompressor().decompress(createCompressor(3).compress(Buffer.from('text')), 4).toString()`

test('blake3: without the native library the portable one takes its place', async (t) => {
  t.is(await runWithout(['blake-hash'], HASH), 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
})

test('blake3: without any library it is library-missing, with a hint', async (t) => {
  t.is(await runWithout(['blake-hash', 'noble'], HASH), 'library-missing true')
})

test("zstd: without the native library Node's own takes its place, or WebAssembly", async (t) => {
  t.is(await runWithout(['zstd-napi'], COMPRESS), 'text')
})

test('zstd: without the native library and without that of Node, WebAssembly takes their place', async (t) => {
  t.is(await runWithout(['zstd-napi', NODE_ZSTD], COMPRESS), 'text')
})

test('zstd: without any library it is library-missing, with a hint', async (t) => {
  t.is(await runWithout(['zstd-napi', NODE_ZSTD, 'zstd-wasm'], COMPRESS), 'library-missing true')
})
