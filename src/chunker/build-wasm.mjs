// Compiles assembly/fastcdc.ts to dist/src/chunker/fastcdc.wasm (or to the path given), unless that is up to date.
import {mkdirSync, renameSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const folder = path.dirname(fileURLToPath(import.meta.url))
const source = path.join(folder, 'assembly', 'fastcdc.ts')
const target = path.resolve(process.argv[2] ?? path.join(folder, '..', '..', 'dist', 'src', 'chunker', 'fastcdc.wasm'))

function modifiedMs(file) {
  return statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0
}

/** Never shows another build half a module. */
function replaceFile(file, contents) {
  const partial = `${file}.${process.pid}.partial`
  writeFileSync(partial, contents)
  renameSync(partial, file)
}

async function compile() {
  const {default: asc} = await import('assemblyscript/asc')
  const options = ['--runtime', 'stub', '--importMemory', '--optimizeLevel', '3', '--noAssert', '--use', 'abort=']
  const {error, stderr} = await asc.main([path.basename(source), '--baseDir', path.dirname(source), '--outFile', target, ...options], {
    writeFile: (_name, contents) => replaceFile(target, contents),
  })
  if (error) throw new Error(`cannot compile '${source}': ${error.message}\n${stderr.toString()}`)
}

const sourcesMs = Math.max(modifiedMs(source), modifiedMs(fileURLToPath(import.meta.url)))
if (modifiedMs(target) < sourcesMs) {
  mkdirSync(path.dirname(target), {recursive: true})
  await compile()
}
