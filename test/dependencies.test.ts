/** docs/dependencies.md tells of every dependency of package.json, at its version, and of no other. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

test('dependencies: the page has those of package.json, at their versions', (t) => {
  const page = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8')
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
  const declared = {...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies}
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const told = rows.flatMap((row) => {
    const [names, versions] = row.slice(1).split('|')
    const numbers = versions.split(',').map((version) => version.trim())
    return [...names.matchAll(/`([^`]+)`/g)].map(([, name], place) => [name, numbers[place]])
  })
  t.deepEqual(Object.fromEntries(told), declared)
})
