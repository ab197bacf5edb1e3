import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Worker} from 'node:worker_threads'
import test from 'ava'
import {compileChunker} from '../../src/chunker/fastcdc.js'
import {cutByReference} from '../../src/chunker/reference.js'
import {gearOf, randomBytes, SMALL} from './material.js'

const gear = gearOf('tests')
const moduleUrl = new URL('../../src/chunker/fastcdc.wasm', import.meta.url)
const buildUrl = new URL('../../../src/chunker/build-wasm.mjs', import.meta.url)

test('module: the compiled module cuts in another thread', async (t) => {
  const script = `
    import(workerData.url).then(({Chunker}) => {
      const chunker = new Chunker({...workerData.options, bufferBytes: 8192})
      chunker.buffer.set(workerData.bytes)
      parentPort.postMessage([...chunker.lengths.subarray(0, chunker.cut(0, 8192, true))])
    })`
  const bytes = randomBytes('thread', 8192)
  const worker = new Worker(`const {workerData, parentPort} = require('node:worker_threads');${script}`, {
    eval: true,
    workerData: {
      url: new URL('../../src/chunker/fastcdc.js', import.meta.url).href,
      options: {parameters: SMALL, gear, module: compileChunker()},
      bytes,
    },
  })
  const lengths = await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  t.deepEqual(lengths, cutByReference(bytes, SMALL, gear))
})

test('module: the compiled code is small, has no data and imports nothing but its memory', (t) => {
  const bytes = readFileSync(moduleUrl)
  t.true(bytes.length < 2048, `${bytes.length} bytes`)
  const imports = WebAssembly.Module.imports(compileChunker())
  t.deepEqual(imports, [{module: 'env', name: 'memory', kind: 'memory'}])
})

test('module: compiling the same source again gives the same bytes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocket-chunker-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  const again = join(folder, 'again.wasm')
  execFileSync(process.execPath, [fileURLToPath(buildUrl), again])
  t.deepEqual(readFileSync(again), readFileSync(moduleUrl))
})
