/** docs/scripting.md is a promise; what can be compared with the sources is. */
import {readFile} from 'node:fs/promises'
import test from 'ava'
import {exitCodes} from '../../src/cli/exit-codes.js'
import {keyOf, SETTINGS, variableOf} from '../../src/cli/settings.js'

const page = await readFile(new URL('../../../docs/scripting.md', import.meta.url), 'utf8')

test('docs/scripting.md: every error code is documented, and no other', async (t) => {
  const source = await readFile(new URL('../../../src/errors.ts', import.meta.url), 'utf8')
  const union = source.slice(source.indexOf('type ErrorCode'), source.indexOf('export interface'))
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code)
  const section = page.slice(page.indexOf('## Error codes'), page.indexOf('## What may change'))
  const documented = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)
  t.deepEqual(documented.sort(), [...codes, 'bug'].sort())
})

test('docs/scripting.md: every exit code is documented, and no other', (t) => {
  const section = page.slice(page.indexOf('## Exit codes'), page.indexOf('## Streams'))
  const documented = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  t.deepEqual(documented, Object.values(exitCodes))
})

test('docs/scripting.md: every variable that is read is documented', async (t) => {
  const files = ['flags', 'secret', 'run']
  const sources = await Promise.all(files.map((name) => readFile(new URL(`../../../src/cli/${name}.ts`, import.meta.url), 'utf8')))
  const variables = new Set(sources.join('').match(/\bPOCKET_[A-Z_]+/g))
  t.true(variables.size >= 7)
  for (const variable of variables) t.true(page.includes(`\`${variable}\``), variable)
})

test('docs/scripting.md: every setting of repositories is documented as flag, variable and key', (t) => {
  for (const name of Object.keys(SETTINGS)) {
    t.regex(page, new RegExp(`^\\| \`--${name}\`[^|]* \\| \`${variableOf(name)}\` \\| \`${keyOf(name)}\` \\|`, 'm'))
  }
})
