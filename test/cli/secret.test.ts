import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {findNewSecretSource, findSecretSource, newSecret, readSecret} from '../../src/cli/secret.js'
import {isPocketError, type PocketError} from '../../src/errors.js'
import {equalBytes} from '../../src/util/bytes.js'

async function temporary(t: {teardown(callback: () => Promise<void>): void}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pocket-secret-'))
  t.teardown(() => rm(directory, {recursive: true}))
  return directory
}

test('a flag beats the environment, and an empty variable is none', (t) => {
  const environment = {POCKET_PASSWORD: 'p', POCKET_KEY_FILE: '/k'}
  t.is(findSecretSource({'password-file': '/f'}, environment)?.from, '--password-file')
  t.is(findSecretSource({'password-command': 'c'}, environment)?.from, '--password-command')
  t.is(findSecretSource({'key-file': '/k'}, environment)?.from, '--key-file')
  t.is(findSecretSource({}, environment)?.from, 'POCKET_KEY_FILE')
  t.is(findSecretSource({}, {POCKET_PASSWORD: 'p', POCKET_PASSWORD_FILE: '/f'})?.from, 'POCKET_PASSWORD')
  t.is(findSecretSource({}, {POCKET_PASSWORD: '', POCKET_PASSWORD_FILE: '/f', POCKET_PASSWORD_COMMAND: 'c'})?.from, 'POCKET_PASSWORD_FILE')
  t.is(findSecretSource({}, {POCKET_PASSWORD_COMMAND: 'c'})?.from, 'POCKET_PASSWORD_COMMAND')
  t.is(findSecretSource({}, {}), undefined)
})

test('the environment never says what a new key is made of', (t) => {
  t.is(findNewSecretSource({}), undefined)
  t.is(findNewSecretSource({'new-password-file': '/f'})?.from, '--new-password-file')
  t.is(findNewSecretSource({'new-key-file': '/f'})?.from, '--new-key-file')
})

test('a password file: its first line, without the newline, spaces kept', async (t) => {
  const directory = await temporary(t)
  for (const [text, password] of [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\nmore', 'secret'],
    [' two words \nrest', ' two words '],
    ['größe\n', 'größe'],
  ]) {
    const path = join(directory, 'password')
    await writeFile(path, text)
    t.deepEqual(await readSecret({kind: 'password-file', path, from: ''}), {type: 'password', password})
  }
})

test('a password file that is not there or is empty is an error that names it', async (t) => {
  const directory = await temporary(t)
  const path = join(directory, 'password')
  const missing = await t.throwsAsync<PocketError>(readSecret({kind: 'password-file', path, from: ''}))
  t.true(isPocketError(missing, 'password-missing'))
  t.regex(missing?.message ?? '', /^cannot read password file '.*password': ENOENT$/)
  await writeFile(path, '\nsecret\n')
  const empty = await t.throwsAsync(readSecret({kind: 'password-file', path, from: ''}))
  t.regex(empty?.message ?? '', /has an empty first line/)
})

test('a password file without an end is an error that names it', async (t) => {
  const error = await t.throwsAsync(readSecret({kind: 'password-file', path: '/dev/zero', from: ''}))
  t.regex(error?.message ?? '', /the first line of password file '\/dev\/zero' is longer/)
})

test('a password command without an end is stopped', async (t) => {
  const error = await t.throwsAsync(readSecret({kind: 'password-command', command: 'yes', from: ''}))
  t.is(error?.message, 'password command printed more than 64 KiB')
})

test('a password command: the first line that it prints', async (t) => {
  const secret = await readSecret({kind: 'password-command', command: 'printf "swordfish\\nrest"', from: ''})
  t.deepEqual(secret, {type: 'password', password: 'swordfish'})
})

test('a password command that fails is an error that names the exit code, and not what it printed', async (t) => {
  const error = await t.throwsAsync<PocketError>(readSecret({kind: 'password-command', command: 'echo swordfish; exit 7', from: ''}))
  t.true(isPocketError(error, 'password-missing'))
  t.is(error?.message, 'password command ended with exit code 7')
  t.false(JSON.stringify([error?.hint, error?.cause]).includes('swordfish'))
  const killed = await t.throwsAsync(readSecret({kind: 'password-command', command: 'kill -9 $$', from: ''}))
  t.is(killed?.message, 'password command was ended by SIGKILL')
})

test('a generated key file opens as the key that was generated', async (t) => {
  const path = join(await temporary(t), 'folder', 'pocket.key')
  const generated = await newSecret(undefined, path)
  const read = await readSecret({kind: 'key-file', path, from: ''})
  t.true(generated.type === 'key-file' && read.type === 'key-file' && equalBytes(generated.key, read.key))
  t.true(isPocketError(await t.throwsAsync(newSecret(undefined, path)), 'usage'))
})

test('without a source and without a terminal, the error names the flags', async (t) => {
  const error = await t.throwsAsync<PocketError>(newSecret(undefined, undefined))
  t.true(isPocketError(error, 'password-missing'))
  t.regex(error?.hint ?? '', /--password-file.*POCKET_PASSWORD/)
})
