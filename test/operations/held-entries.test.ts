/** What was not picked stays as the parent has it: when that is lost, when it cannot be looked at, and for the next snapshot. */
import {execFileSync} from 'node:child_process'
import {chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {setTimes} from '../../src/filesystem/native.js'
import {initRepository, listEntries, openRepository} from '../../src/index.js'
import {shiftClock} from '../../src/util/clock.js'
import {onRestricted, RESTRICTED, WHERE_RESTRICTED} from '../users.js'
import {writeRandom} from './content.js'
import {lastRecord, pick} from './pick-changes.js'
import {createPlace, emptyPlace, KEY_FILE, type Place, restoreFresh, withRepository} from './repository-place.js'
import {requestFor, startProgram} from './run-snapshot-program.js'
import {pathsIn, take} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

const HOUR_NS = 3_600_000_000_000n

test('picked: a content that stays but is lost is told and recorded', async (t) => {
  const place = await createPlace(t)
  const {location, secret, source} = place
  const paths = [source]
  const packs = (): string[] =>
    readdirSync(join(location, 'chunks'), {recursive: true, encoding: 'utf8'}).filter((path) => path.length > 60)
  writeFileSync(join(source, 'other'), 'other')
  const open = () => openRepository({location, secret})
  const first = await open()
  await take(first, {paths})
  const before = packs()
  writeRandom(join(source, 'lost'), 1, 5000)
  await take(first, {paths})
  await first.close()
  // Of the two new packs the one with trees has the listing, without which everything would count as new.
  for (const pack of packs().filter((path) => !before.includes(path))) {
    if (await holdsData(place, pack)) rmSync(join(location, 'chunks', pack))
  }
  writeRandom(join(source, 'lost'), 2, 6000)
  const second = await open()
  const {unreadable, events} = await pick(second, {paths}, [])
  t.is(unreadable, 1)
  t.deepEqual(
    events.flatMap((event) => (event.type === 'unreadable' ? [`${event.path} ${event.code}`] : [])),
    [`${join(source, 'lost')} chunk-missing`],
  )
  const next = await take(second, {paths})
  t.deepEqual([next.unreadable, next.summary.bytesRead >= 6000], [0, true])
  await second.close()
})

/** Whether it does, told by what is missing without it. */
async function holdsData({location, secret}: Place, pack: string): Promise<boolean> {
  const path = join(location, 'chunks', pack)
  renameSync(path, join(location, 'aside'))
  try {
    const repository = await openRepository({location, secret})
    const names: string[] = []
    for await (const {path: name} of listEntries(repository, {reference: 'latest'})) names.push(name)
    await repository.close()
    return names.length > 0
  } catch {
    return false
  } finally {
    renameSync(join(location, 'aside'), path)
  }
}

test.serial('picked: the next snapshot reads what stayed behind, and again what the parent may have missed', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  const at = (name: string): string => join(place.source, name)
  for (const name of ['modified', 'deleted', 'same']) writeRandom(at(name), 1, 5000)
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    const {startedNs: firstNs} = await lastRecord(repository)
    await setTimeout(300)
    rmSync(at('deleted'))
    // A file written while its parent ran may have been written once more in the same tick: so says the time that the next run goes by.
    await pick(repository, {paths}, [])
    t.is((await lastRecord(repository)).startedNs, firstNs)
    await pick(repository, {paths}, ['deleted'])
    t.true((await lastRecord(repository)).startedNs > firstNs)
    shiftClock(HOUR_NS)
    try {
      await take(repository, {paths})
      const {startedNs: oldNs} = await lastRecord(repository)
      const size = 5000
      writeRandom(at('modified'), 2, size)
      setTimes(Buffer.from(at('modified')), 0n, 1_500_000_000n * 1_000_000n)
      const {summary} = await pick(repository, {paths}, [])
      t.deepEqual([summary.bytesRead, summary.files], [0, {new: 0, changed: 0, unchanged: 2}])
      t.true((await lastRecord(repository)).startedNs > oldNs)
      const next = await take(repository, {paths})
      t.deepEqual([next.summary.bytesRead, next.summary.files], [size, {new: 0, changed: 1, unchanged: 1}])
      t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, listTree(place.source)), [])
    } finally {
      shiftClock(-HOUR_NS)
    }
  })
})

onRestricted(`picked: a folder that cannot be listed stays as the parent has it, and is told${WHERE_RESTRICTED}`, async (t) => {
  const place = emptyPlace(t)
  chmodSync(place.folder, 0o755)
  await initRepository({location: place.location, secret: KEY_FILE})
  mkdirSync(place.cacheDirectory)
  mkdirSync(join(place.source, 'closed'))
  writeFileSync(join(place.source, 'closed', 'inside'), 'inside')
  if (RESTRICTED !== undefined) {
    for (const path of [place.cacheDirectory, place.source]) chownSync(path, RESTRICTED, RESTRICTED)
    execFileSync('chown', ['-R', `${RESTRICTED}:${RESTRICTED}`, place.location])
  }
  const request = requestFor(place, {user: RESTRICTED})
  t.is((await startProgram(request).answer).unreadable, 0)
  chmodSync(join(place.source, 'closed'), 0)
  writeFileSync(join(place.source, 'new'), '')
  const {unreadable, events} = await startProgram({...request, picked: ['new']}).answer
  t.is(unreadable, 1)
  t.deepEqual(
    events.flatMap((event) => (event.type === 'unreadable' ? [`${event.path} ${event.code}`] : [])),
    [`${join(place.source, 'closed')} EACCES`],
  )
  chmodSync(join(place.source, 'closed'), 0o700)
  await withRepository({...place, cacheDirectory: join(place.folder, 'own-cache')}, async (repository) => {
    t.deepEqual(await pathsIn(repository), ['closed', 'closed/inside', 'new'])
  })
})
