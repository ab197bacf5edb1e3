import {readFile} from 'node:fs/promises'
import test from 'ava'
import {parseConfig} from '../../src/cli/config-file.js'
import {parseProfile} from '../../src/cli/config/parse-profile.js'
import {blockOf, RECIPES} from './recipe.js'

const page = await readFile(new URL('../../../docs/recipes.md', import.meta.url), 'utf8')

test('docs/recipes.md: each block is a recipe, or the way back of one, that a test follows', (t) => {
  t.deepEqual(RECIPES, ['postgres', 'mariadb', 'sqlite', 'btrfs', 'lvm', 'container'])
  const fences = [...page.matchAll(/^```(.+)$/gm)].map(([, info]) => info)
  t.deepEqual(
    fences,
    RECIPES.flatMap((name) => [`toml ${name}`, `sh ${name}`]),
  )
})

for (const name of RECIPES) {
  test(`docs/recipes.md: '${name}' is a config file as it stands; its hooks end at the first failure, and nothing in them is piped`, async (t) => {
    const config = await parseConfig(blockOf(name, 'toml'), '/root/.config/pocket/config.toml')
    const [profile] = config.profiles.keys()
    const {hooks} = await parseProfile(config, profile)
    t.true(hooks.before.length > 0 && hooks.finally.length > 0)
    for (const {command} of [...hooks.before, ...hooks.finally]) {
      const lines = command.trim().split('\n')
      if (lines.length === 1) continue
      t.regex(lines[0], /^# /)
      t.true(lines[1] === 'set -eu' || lines.length === 2, command)
      t.notRegex(command, /[^|]\|[^|]/)
    }
  })
}
