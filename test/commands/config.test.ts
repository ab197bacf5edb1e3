import {mkdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, errorOf, writeTree} from './run-pocket.js'

test.serial('config file: what init keeps, all commands use; flags and variables come before it', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'source/a': 'x', password: 'swordfish\n'})
  const made = await home.succeed(['init', 'r', '--password-file', 'password', '--write-config'])
  t.is(made.stdout, `made the repository ${join(home.path, 'r')}\n`)
  t.is(made.stderr, 'settings are in ~/.config/pocket/config.toml\n')
  const path = join(home.path, '.config', 'pocket', 'config.toml')
  t.is((await stat(path)).mode & 0o777, 0o600)
  t.notRegex(await readFile(path, 'utf8'), /swordfish/)
  await home.succeed(['snapshot', 'source'])
  t.is((await home.json(['list']))[0].snapshots.length, 1)
  await t.throwsAsync(stat(join(home.path, '.local', 'share', 'pocket')), {code: 'ENOENT'})
  t.is((await home.run(['list'], {environment: {POCKET_PASSWORD: 'wrong'}})).code, 12)
  t.is((await home.run(['list', '--repository', 'elsewhere'])).code, 10)
  await home.succeed(['list', '--password-file', 'password'], {environment: {POCKET_PASSWORD: 'wrong'}})
})

test.serial('config file: what it says of one repository means nothing for another', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {password: 'swordfish\n'})
  await home.succeed(['init', 'r', '--password-file', 'password', '--write-config'])
  await home.succeed(['init', 'open', '--no-encryption'])
  // With the config's password an unencrypted repository would be refused.
  t.is((await home.succeed(['list', '--repository', 'open'])).stdout, 'no snapshots\n')
  t.is((await home.succeed(['list', '--repository', 'r'])).stdout, 'no snapshots\n')
})

test.serial('config file: another is named by flag or variable; the flag wins, and a named one must be there', async (t) => {
  const home = await createHome(t)
  await home.succeed(['init', 'a', '--no-encryption', '--config', 'a.toml', '--write-config'])
  await home.succeed(['init', 'b', '--no-encryption', '--config', 'b.toml', '--write-config'])
  const location = async (words: string[], environment = {}) => (await home.json(['objects', ...words], {environment}))[0].location
  t.is(await location(['--config', 'a.toml']), join(home.path, 'a'))
  t.is(await location([], {POCKET_CONFIG: 'b.toml'}), join(home.path, 'b'))
  t.is(await location(['--config', 'a.toml'], {POCKET_CONFIG: 'b.toml'}), join(home.path, 'a'))
  t.is(await location(['--config', 'a.toml'], {POCKET_REPOSITORY: 'b'}), join(home.path, 'b'))
  const missing = await home.run(['list', '--config', 'none.toml', '--json'])
  t.like(errorOf(missing), {code: 'path-missing', message: "there is no config file 'none.toml'"})
})

test.serial('config file: one that cannot be right is an error of every command, and names the line or the key', async (t) => {
  const home = await createHome(t)
  const path = join(home.path, 'own', 'pocket', 'config.toml')
  await mkdir(join(home.path, 'own', 'pocket'), {recursive: true})
  const environment = {XDG_CONFIG_HOME: join(home.path, 'own')}
  await writeFile(path, '[repository]\nlocaton = "/r"\n')
  for (const words of [['list'], ['cache', 'list'], ['snapshot', '.'], ['buckets']]) {
    const outcome = await home.run([...words, '--json'], {environment})
    t.is(outcome.code, 2, words.join(' '))
    t.like(errorOf(outcome), {
      code: 'usage',
      message: `unknown key 'locaton' in [repository] of '${path}'`,
    })
    t.regex(errorOf(outcome).hint, /did you mean 'location'\?/)
  }
  await writeFile(path, '[repository]\nlimit_upload = "fast"\n')
  const rate = await home.run(['snapshot', '.'], {environment})
  t.regex(rate.stderr, /'fast' is not a size, in 'limit_upload' of /)
  await writeFile(path, `[cache]\ndirectory = "${join(home.path, 'c')}"\n`)
  t.is((await home.json(['cache', 'list'], {environment}))[0].directory, join(home.path, 'c'))
})

test.serial('config file: one that is there is not written over, and then nothing is made', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'.config/pocket/config.toml': '[cache]\n'})
  const outcome = await home.run(['init', 'r', '--no-encryption', '--write-config'])
  t.is(outcome.code, 2)
  t.regex(outcome.stderr, /there is a config file at/)
  await t.throwsAsync(stat(join(home.path, 'r')), {code: 'ENOENT'})
})
