import {statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  addKey,
  changeKey,
  generateKeyFile,
  initRepository,
  listKeys,
  openRepository,
  readKeyFile,
  removeKey,
  type Repository,
  type Secret,
  takeSnapshot,
} from '../../src/index.js'
import type {Backend} from '../../src/backend/backend.js'
import {shiftClock} from '../../src/util/clock.js'
import {createPlace, emptyPlace, KEY_FILE, NO_SECRET, type Place, withRepository, WORKERS} from './repository-place.js'

const OTHER: Secret = {type: 'key-file', key: Buffer.alloc(32, 8)}
const password = (text: string): Secret => ({type: 'password', password: text})

async function opens(place: Place, secret: Secret): Promise<boolean> {
  try {
    await withRepository({...place, secret}, async () => {})
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'wrong-password') return false
    throw error
  }
}

async function kinds(t: ExecutionContext, place: Place): Promise<string[]> {
  return withRepository(place, async (repository) => {
    const keys = await listKeys(repository)
    t.is(keys.filter(({current}) => current).length, 1)
    return keys.map(({type, label, current}) => `${type} ${label}${current ? ' current' : ''}`)
  })
}

test('keys: a password opens what it has locked, and no other does', async (t) => {
  const place = emptyPlace(t, password('a pässword with ünicode'))
  const {isEncrypted, keyId} = await initRepository({...place, label: 'mine'})
  t.true(isEncrypted)
  t.truthy(keyId)
  t.true(await opens(place, place.secret))
  t.false(await opens(place, password('another')))
  t.deepEqual(await kinds(t, place), ['password mine current'])
})

test('keys: one that is added opens too, and goes again without harm', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  shiftClock(1_000_000_000n)
  const added = await withRepository(place, (repository) => addKey(repository, {secret: OTHER, label: 'other'}))
  t.deepEqual([added.type, added.label, added.current], ['key-file', 'other', false])
  t.deepEqual(await kinds(t, place), ['key-file  current', 'key-file other'])
  t.deepEqual(await kinds(t, {...place, secret: OTHER}), ['key-file ', 'key-file other current'])
  const [first] = await withRepository(place, listKeys)
  await withRepository({...place, secret: OTHER}, (repository) => removeKey(repository, first.id.slice(0, 10)))
  t.false(await opens(place, KEY_FILE))
  await withRepository({...place, secret: OTHER}, async (repository) => {
    t.is((await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})).summary.chunksNew, 0)
  })
})

test('keys: the last one is never removed, and a prefix has to name exactly one', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    const [only] = await listKeys(repository)
    await t.throwsAsync(removeKey(repository, only.id), {code: 'last-key'})
    await t.throwsAsync(removeKey(repository, 'zz'), {code: 'key-missing', message: /'zz'/})
    await addKey(repository, {secret: OTHER})
    await t.throwsAsync(removeKey(repository, ''), {code: 'key-missing', message: /any of 2/})
  })
  t.true(await opens(place, KEY_FILE))
})

test('keys: the one that opened the repository is not removed, for another may be of no use', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    const [first] = await listKeys(repository)
    await addKey(repository, {secret: OTHER})
    await t.throwsAsync(removeKey(repository, first.id), {code: 'usage', message: /opened the repository/})
  })
  t.true(await opens(place, KEY_FILE))
})

test('keys: of several that make a repository at once, one makes it, and no other leaves a key', async (t) => {
  const place = emptyPlace(t)
  const outcomes = await Promise.allSettled([KEY_FILE, OTHER, KEY_FILE, OTHER].map((secret) => initRepository({...place, secret})))
  t.is(outcomes.filter(({status}) => status === 'fulfilled').length, 1)
  const secret = (await opens(place, KEY_FILE)) ? KEY_FILE : OTHER
  t.is((await withRepository({...place, secret}, listKeys)).length, 1)
})

test('keys: when two processes remove the two keys of a repository at once, one is put back', async (t) => {
  const place = await createPlace(t)
  const second = await withRepository(place, (repository) => addKey(repository, {secret: OTHER}))
  await withRepository({...place, secret: OTHER}, async (repository) => {
    const [first] = await listKeys(repository)
    const {backend} = repository
    const raced: Repository = Object.assign(Object.create(repository) as Repository, {
      backend: Object.assign(Object.create(backend) as Backend, {
        get: backend.get.bind(backend),
        put: backend.put.bind(backend),
        list: backend.list.bind(backend),
        remove: async (name: string) => {
          await backend.remove(`keys/${second.id}`)
          await backend.remove(name)
        },
      }),
    })
    await t.throwsAsync(removeKey(raced, first.id), {code: 'last-key', message: /put back/})
    t.deepEqual(
      (await listKeys(repository)).map(({id}) => id),
      [first.id],
    )
  })
  t.true(await opens(place, KEY_FILE))
})

test('keys: a change puts the new key in the place of the one that opened', async (t) => {
  const place = await createPlace(t)
  const changed = await withRepository(place, (repository) => changeKey(repository, {secret: OTHER, label: 'changed'}))
  t.false(await opens(place, KEY_FILE))
  t.deepEqual(await kinds(t, {...place, secret: OTHER}), ['key-file changed current'])
  t.is(changed.label, 'changed')
})

test('keys: a repository without encryption has none', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  await withRepository(place, async (repository) => {
    t.deepEqual(await listKeys(repository), [])
    await t.throwsAsync(addKey(repository, {secret: OTHER}), {code: 'usage'})
    await t.throwsAsync(changeKey(repository, {secret: OTHER}), {code: 'usage'})
  })
})

test('keys: a secret is asked for only when there is something to open', async (t) => {
  const open = await createPlace(t, NO_SECRET)
  const ask = () => t.fail()
  await (await openRepository({location: open.location, secret: ask})).close()
  const sealed = await createPlace(t)
  let asked = 0
  const repository = await openRepository({location: sealed.location, secret: async () => (asked++, KEY_FILE)})
  await repository.close()
  t.is(asked, 1)
  await t.throwsAsync(openRepository({location: sealed.location, secret: NO_SECRET}), {code: 'password-missing'})
})

test('key file: is made for its owner only, read back, and never replaces a file', async (t) => {
  const {folder} = emptyPlace(t)
  const path = join(folder, 'new', 'key')
  const key = await generateKeyFile(path)
  t.is(statSync(path).mode & 0o777, 0o600)
  t.deepEqual(Buffer.from(await readKeyFile(path)), Buffer.from(key))
  await t.throwsAsync(generateKeyFile(path), {code: 'usage', message: new RegExp(path)})
  t.deepEqual(Buffer.from(await readKeyFile(path)), Buffer.from(key))
  await t.throwsAsync(readKeyFile(join(folder, 'none')), {code: 'key-missing', message: /none/})
  writeFileSync(join(folder, 'other'), 'no key')
  await t.throwsAsync(readKeyFile(join(folder, 'other')), {code: 'key-missing', message: /'.*other' is not a key file/})
})

test('key file: a file without an end is no key file, and is not read to it', async (t) => {
  await t.throwsAsync(readKeyFile('/dev/zero'), {code: 'key-missing', message: /'\/dev\/zero' is not a key file/})
})
