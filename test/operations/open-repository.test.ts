/** Places that are no repository, or not the one that was meant, are refused with what to do. */
import {cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {decodeConfig, encodeConfig} from '../../src/format/config.js'
import {initRepository, listSnapshots, openRepository, type PocketError, takeSnapshot} from '../../src/index.js'
import {replaceFile} from './content.js'
import {createPlace, emptyPlace, KEY_FILE, NO_SECRET, type Place, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'

const open = ({location, secret}: Place) => openRepository({location, secret})

test('open: nothing there, and an empty folder, are no repository; a folder of other things is told as that', async (t) => {
  const place = emptyPlace(t)
  const expected = {code: 'repository-missing' as const, message: `there is no repository at '${place.location}'`}
  const nothing = await t.throwsAsync<PocketError>(open(place), expected)
  t.true(nothing.hint?.includes('pocket init'))
  mkdirSync(place.location)
  await t.throwsAsync(open(place), expected)
  writeFileSync(join(place.location, 'holiday.jpg'), 'a picture')
  await t.throwsAsync(open(place), {code: 'not-a-repository', message: /holiday\.jpg/})
  await t.throwsAsync(initRepository(place), {code: 'not-a-repository', message: /holiday\.jpg/})
  t.deepEqual([...listTree(place.location).keys()].sort(), ['.', 'holiday.jpg'])
})

test('open: a file in the place of the folder, and a config that is none, are told', async (t) => {
  const place = emptyPlace(t)
  writeFileSync(place.location, 'a file')
  await t.throwsAsync(open(place), {code: 'not-a-repository', message: /is a file/})
  rmSync(place.location)
  mkdirSync(place.location)
  writeFileSync(join(place.location, 'config'), '{"some": "other program"}')
  const other = await t.throwsAsync<PocketError>(open(place))
  t.regex(other.code, /not-a-repository|damaged-config/)
})

test('open: a repository that has lost its config is damaged, not missing', async (t) => {
  const place = await createPlace(t)
  rmSync(join(place.location, 'config'))
  await t.throwsAsync(open(place), {code: 'damaged-config', message: /has lost its config, though 'keys\//})
})

test('open: a newer format is told as that', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const path = join(place.location, 'config')
  const bytes = readFileSync(path)
  // The first pair of the map: "pocket" and the version.
  t.is(bytes.subarray(1, 9).toString('latin1'), '\xa6pocket\x02')
  bytes[8] = 3
  replaceFile(path, bytes)
  const error = await t.throwsAsync<PocketError>(open(place), {code: 'format-too-new'})
  t.true(error.hint?.includes('newer version'))
})

test('open: an encrypted repository that somebody has replaced by an open one is refused', async (t) => {
  const place = await createPlace(t)
  const other = await createPlace(t, NO_SECRET)
  replaceFile(join(place.location, 'config'), readFileSync(join(other.location, 'config')))
  await t.throwsAsync(open(place), {code: 'authentication-failed', message: /is not encrypted, though a secret is given/})
  const asked = {location: place.location, secret: async () => KEY_FILE}
  await t.throwsAsync(openRepository({...asked, expectsEncryption: true}), {code: 'authentication-failed'})
})

test('open: a config whose numbers somebody has changed is refused', async (t) => {
  const place = await createPlace(t)
  const path = join(place.location, 'config')
  const {config, authentication} = decodeConfig(readFileSync(path))
  replaceFile(
    path,
    encodeConfig({...config, packTargetBytes: 12_345}, () => authentication!),
  )
  await t.throwsAsync(open(place), {code: 'damaged-config'})
})

test('open: a snapshot of another repository is not taken for one of this', async (t) => {
  const place = await createPlace(t)
  const other = await createPlace(t)
  writeFileSync(join(other.source, 'file'), 'content')
  await withRepository(other, (repository) => takeSnapshot(repository, {paths: [other.source], workers: WORKERS}))
  cpSync(join(other.location, 'snapshots'), join(place.location, 'snapshots'), {recursive: true})
  const damaged: PocketError[] = []
  await withRepository(place, async (repository) => {
    t.deepEqual(await listSnapshots(repository, {onDamaged: (error) => damaged.push(error)}), [])
  })
  t.deepEqual(
    damaged.map(({code}) => code),
    ['damaged-snapshot'],
  )
})

test('init: never touches a place where a repository is', async (t) => {
  const place = await createPlace(t)
  const before = listTree(place.location)
  await t.throwsAsync(initRepository(place), {code: 'repository-exists', message: new RegExp(place.location)})
  t.deepEqual(differences(listTree(place.location), before), [])
})

test('init: makes the folders above, and refuses what is no folder', async (t) => {
  const place = emptyPlace(t)
  const location = join(place.folder, 'a', 'b', 'c')
  await initRepository({location, secret: NO_SECRET})
  t.true([...listTree(location).keys()].includes('config'))
  await t.throwsAsync(initRepository({location: 'ftp://host/path', secret: NO_SECRET}), {code: 'usage', message: /ftp:/})
})

test('open: a repository may be moved', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  const moved = {...place, location: join(place.folder, 'moved')}
  renameSync(place.location, moved.location)
  await withRepository(moved, async (repository) => {
    t.is((await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})).summary.chunksNew, 0)
  })
})
