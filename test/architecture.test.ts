/** docs/architecture.md names every file of src, and none that is not there. */
import {readdirSync, readFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8')

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && /\.(ts|mjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
}

const sources = filesBelow('src')
const all = [...sources, ...filesBelow('test'), ...filesBelow('bench'), ...filesBelow('bin')]
const names = new Set(all.map((path) => basename(path)))

/** The folders whose files are described one by one; those of the command line are many, small and named after what they do. */
const DESCRIBED = /^src\/(chunker|compression|crypto|format|backend|repository|filesystem|snapshot|engine|operations)\//

test('architecture: every file of the inner folders is named', (t) => {
  const missing = sources.filter((path) => DESCRIBED.test(path) && !page.includes(basename(path).replace('.d.ts', '.d.ts')))
  t.deepEqual(missing, [])
})

test('architecture: every file that is named is there', (t) => {
  const named = [...page.matchAll(/[\w/*.-]+\.(?:ts|mjs|js)\b/g)]
    .map(([name]) => name)
    .filter((name) => !name.includes('*') && !name.startsWith('.'))
  t.true(named.length > 100)
  t.deepEqual(
    named.filter(
      (name) =>
        !all.includes(name) &&
        !all.includes(`src/${name}`) &&
        !(name.includes('/') ? all.some((path) => path.endsWith(`/${name}`)) : names.has(name)),
    ),
    [],
  )
})
