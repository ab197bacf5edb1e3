import {execSync} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, errorOf, writeTree} from './run-pocket.js'

test.serial('key: add, list, change, remove; the last one stays', async (t) => {
  const home = await createHome(t)
  await writeFile(join(home.path, 'password'), 'swordfish')
  await home.succeed(['init', '--repository', 'r', '--generate-key-file', 'first.key'])
  const first = ['--repository', 'r', '--key-file', 'first.key']
  const second = ['--repository', 'r', '--key-file', 'second.key']
  const [{key: added}] = await home.json(['key', 'add', ...first, '--generate-key-file', 'second.key', '--label', 'spare'])
  t.like(added, {type: 'key_file', label: 'spare', current: false})
  const {stdout} = await home.succeed(['key', ...first.slice(0, 0), 'list', ...second])
  t.regex(stdout, new RegExp(`^\\*${added.id.slice(0, 8)} +key-file +spare `, 'm'))
  const [{key: changed}] = await home.json(['key', 'change', ...first, '--new-password-file', 'password'])
  t.is(changed.type, 'password')
  t.is((await home.run(['list', ...first])).code, 12)
  await home.succeed(['list', '--repository', 'r', '--password-file', 'password'])
  const [removed] = await home.json(['key', 'remove', ...second, changed.id.slice(0, 12)])
  t.like(removed, {schema: 1, type: 'key_removed', key: {id: changed.id}})
  const last = await home.run(['key', 'remove', ...second, added.id, '--json'])
  t.like(errorOf(last), {code: 'last-key', exit_code: 1})
  t.like(errorOf(await home.run(['key', 'remove', ...second, 'ffff', '--json'])), {code: 'key-missing'})
  await home.succeed(['list', ...second])
})

test.serial('key: a new password needs a source or a terminal', async (t) => {
  const home = await createHome(t)
  await home.succeed(['init', '--repository', 'r', '--generate-key-file', 'k'])
  const outcome = await home.run(['key', 'add', '--repository', 'r', '--key-file', 'k', '--json'], {environment: {POCKET_PASSWORD: 'x'}})
  t.like(errorOf(outcome), {code: 'password-missing'})
})

test.serial('key: whoever changes the generated key of the embedded repository is told what to do with it', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one'})
  await home.succeed(['snapshot', 'notes'])
  const added = await home.succeed(['key', 'add', '--generate-key-file', 'spare key'])
  t.is(added.stderr, 'the new key is spare key: keep a copy of it on another device\n')
  const {stderr} = await home.succeed(['key', 'change', '--generate-key-file', 'new key'])
  const advice = /put the new key in its place: (cp .*)\n$/.exec(stderr)
  t.is((await home.run(['list'])).code, 12)
  execSync(advice?.[1] ?? '', {cwd: home.path})
  await home.succeed(['list'])
})

test.serial('key: a secret and no encryption exclude each other, wherever the secret comes from', async (t) => {
  const home = await createHome(t)
  const outcome = await home.run(['init', '-r', 'r', '--no-encryption', '--json'], {environment: {POCKET_PASSWORD: 'abc'}})
  t.like(errorOf(outcome), {code: 'usage'})
  t.regex(outcome.stderr, /POCKET_PASSWORD/)
})
