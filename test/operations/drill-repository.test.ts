import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {isPocketError} from '../../src/errors.js'
import {decodeTreePage, encodeTreePage} from '../../src/format/tree.js'
import {type DrillEvent, type DrillOptions, drillRepository, type DrillResult, type Repository, takeSnapshot} from '../../src/index.js'
import {drillsDirectory, readProven, noteDrilled, shareOf} from '../../src/operations/proven-share.js'
import {packName} from '../../src/repository/names.js'
import {loadSnapshots, saveSnapshot} from '../../src/repository/snapshot-store.js'
import {writeChunks} from '../../src/repository/write-session.js'
import {nextTurn} from '../../src/util/concurrency.js'
import {PauseGate} from '../../src/util/pause-gate.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE} from '../small-disk.js'
import {randomContent, replaceFile, writeRandom} from './content.js'
import {createPlace, NO_SECRET, type Place, withRepository, WORKERS} from './repository-place.js'
import {seededRandom} from './seeded-random.js'
import {createSmallPlace} from './small-pieces.js'
import {readPacks} from './stored-chunks.js'

interface DrillPlace extends Place {
  target: string
  stateDirectory: string
}

async function withFolders(place: Place): Promise<DrillPlace> {
  const target = join(place.folder, 'temporary')
  mkdirSync(target)
  return {...place, target, stateDirectory: join(place.folder, 'state')}
}

interface Told {
  result: DrillResult
  events: DrillEvent[]
}

async function drill(repository: Repository, place: DrillPlace, options: Partial<DrillOptions> = {}): Promise<Told> {
  const events: DrillEvent[] = []
  const {target, stateDirectory} = place
  const result = await drillRepository(repository, {
    target,
    stateDirectory,
    random: seededRandom(1),
    ...options,
    onEvent: (event) => {
      if (event.type !== 'progress') events.push(event)
      options.onEvent?.(event)
    },
  })
  return {result, events}
}

/** Nothing of a drill is left, neither its folder nor the note of it. */
function leavesNothing(t: ExecutionContext, {target, stateDirectory}: DrillPlace): void {
  t.deepEqual(readdirSync(target), [])
  t.deepEqual(readdirSync(join(drillsDirectory(stateDirectory), 'places')), [])
}

/** Folders `0` to `4` with eight files each, of 3,000 to 42,000 bytes, in small packs. */
async function createFiles(t: ExecutionContext): Promise<DrillPlace> {
  const place = await withFolders(await createSmallPlace(t))
  for (let number = 0; number < 40; number++) {
    const folder = join(place.source, String(number % 5))
    mkdirSync(folder, {recursive: true})
    writeRandom(join(folder, `file-${number}`), number, 3000 + number * 1000)
  }
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS, compression: 'off'}))
  return place
}

test('drill: files come back as they were, are compared with those on this machine, and nothing is left of them', async (t) => {
  const place = await withFolders(await createPlace(t))
  mkdirSync(join(place.source, 'folder'))
  writeRandom(join(place.source, 'folder', 'one'), 1, 200_000)
  writeFileSync(join(place.source, 'unreadable by its owner'), 'x', {mode: 0o040})
  writeFileSync(join(place.source, 'empty'), '')
  await setTimeout(150)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const {result, events} = await drill(repository, place)
    t.deepEqual(events, [])
    t.like(result, {snapshots: 1, files: 3, bytes: 200_001, liveCompared: 3, damagedPaths: 0, rotten: 0})
    t.is(shareOf(result), 1)
    leavesNothing(t, place)
  })
})

test('drill: a repository without a snapshot, and snapshots without a file, are said to have nothing', async (t) => {
  const place = await withFolders(await createPlace(t))
  await withRepository(place, async (repository) => {
    t.like((await drill(repository, place)).result, {snapshots: 0, files: 0})
    mkdirSync(join(place.source, 'folder'))
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.like((await drill(repository, place)).result, {snapshots: 1, files: 0, tooLarge: 0})
  })
})

test('drill: a damaged pack is found and named, with the file that needs it, and proves nothing', async (t) => {
  const place = await withFolders(await createPlace(t))
  writeRandom(join(place.source, 'one'), 1, 60_000)
  const pack = await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.is(shareOf((await drill(repository, place)).result), 1)
    return (await readPacks(repository)).find(({kind}) => kind === 'data')!
  })
  const path = join(place.location, packName(pack.id))
  const bytes = readFileSync(path)
  bytes[5000] ^= 1
  replaceFile(path, bytes)
  await withRepository(
    place,
    async (repository) => {
      const {result, events} = await drill(repository, place)
      t.like(result, {files: 1, damagedObjects: 1, damagedPaths: 1, provenBytes: 0})
      t.true(events.some((event) => event.type === 'damaged-object' && event.message.includes(pack.id.slice(0, 8))))
      t.true(events.some((event) => event.type === 'damaged-path' && event.path === join(place.source, 'one')))
      leavesNothing(t, place)
    },
    () => undefined,
  )
})

test('drill: without encryption, a frame counts as proven only when all of it is whole', async (t) => {
  const place = await withFolders(await createPlace(t, NO_SECRET))
  for (const number of [1, 2]) writeRandom(join(place.source, String(number)), number, 60_000)
  const pack = await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: 1, compression: 'off'})
    return (await readPacks(repository)).find(({kind}) => kind === 'data')!
  })
  const path = join(place.location, packName(pack.id))
  const bytes = readFileSync(path)
  bytes[bytes.indexOf(randomContent(2, 60_000).subarray(0, 64)) + 100] ^= 1
  replaceFile(path, bytes)
  const spoilt = new Set<string>()
  await withRepository(
    place,
    async (repository) => {
      for (let seed = 0; seed < 20; seed++) {
        const {result, events} = await drill(repository, place, {files: 1, random: seededRandom(seed)})
        t.like(result, {files: 1, damagedObjects: 1, provenBytes: 0})
        t.is(events[0].type, 'damaged-object')
        spoilt.add(String(result.damagedPaths))
      }
    },
    () => undefined,
  )
  t.deepEqual([...spoilt].sort(), ['0', '1'], 'each of the files was drawn')
})

/** A snapshot that says of `one` what is true of the file on this machine, but for its content and what is `other`. */
async function takeRottenSnapshot(repository: Repository, {source}: Place, other?: 'mtimes' | 'ctimes' | 'inodes'): Promise<void> {
  const path = join(source, 'one')
  writeRandom(path, 1, 50_000)
  await takeSnapshot(repository, {paths: [source], workers: WORKERS})
  const rotten = randomContent(1, 50_000)
  rotten[40_000] ^= 1
  writeFileSync(path, rotten)
  const stats = statSync(path, {bigint: true})
  const [{record}] = await loadSnapshots(repository, () => undefined)
  const page = decodeTreePage((await (await repository.trees()).read(record.root)).slice())
  if (page.level !== 0) throw new Error('the folder has more than one page')
  page.table.mtimes[0] = stats.mtimeNs
  page.table.ctimes[0] = stats.ctimeNs
  page.table.inodes[0] = stats.ino
  if (other !== undefined) page.table[other][0] += 1n
  const root = await writeChunks(repository, {treeLevel: 3}, async (session) => session.saveTree(encodeTreePage(page.table)))
  const startedNs = stats.ctimeNs + 5_000_000_000n
  await saveSnapshot(repository, {...record, root, startedNs, timeNs: startedNs})
}

test('drill: a file of this machine that has rotted is told as rotten, and the snapshot as whole', async (t) => {
  const place = await withFolders(await createPlace(t))
  await withRepository(place, async (repository) => {
    await takeRottenSnapshot(repository, place)
    const {result, events} = await drill(repository, place, {references: ['latest']})
    t.like(result, {files: 1, liveCompared: 1, rotten: 1, damagedPaths: 0})
    t.is(shareOf(result), 1)
    t.like(events, [{type: 'rotten', path: join(place.source, 'one')}])
  })
})

for (const other of ['mtimes', 'ctimes', 'inodes'] as const) {
  test(`drill: a file that was changed since is not taken for rotten: other ${other}`, async (t) => {
    const place = await withFolders(await createPlace(t))
    await withRepository(place, async (repository) => {
      await takeRottenSnapshot(repository, place, other)
      const {result} = await drill(repository, place, {references: ['latest']})
      t.like(result, {files: 1, liveCompared: 0, rotten: 0, damagedPaths: 0})
    })
  })
}

test('drill: prefers what was not proven, reaches every byte in time, and counts its share as the packs themselves do', async (t) => {
  const place = await createFiles(t)
  await withRepository(place, async (repository) => {
    let stored = 0
    for (const {kind, directory} of await readPacks(repository)) {
      if (kind === 'data') for (const length of directory.frameStoredLengths) stored += length
    }
    const shares: number[] = []
    for (let seed = 0; seed < 40 && shares.at(-1) !== 1; seed++) {
      const {result, events} = await drill(repository, place, {files: 4, random: seededRandom(seed)})
      t.deepEqual(events, [])
      t.is(result.totalBytes, stored)
      shares.push(shareOf(result))
    }
    t.is(shares.at(-1), 1)
    t.true(shares.length < 20, shares.join(' '))
    t.true(shares[0] > 0 && shares[0] < 0.6, String(shares[0]))
    t.true(shares.every((share, number) => number === 0 || share >= shares[number - 1]))
    t.is(shareOf((await drill(repository, place, {files: 1, windowMs: 1})).result) < 1, true)
  })
})

test('drill: what is known of the share is read without the repository, once a drill of the profile was made', async (t) => {
  const place = await createFiles(t)
  await withRepository(place, async (repository) => {
    const {stateDirectory} = place
    t.is(await readProven(stateDirectory, 'home'), undefined)
    const {result} = await drill(repository, place, {files: 4})
    t.is(await readProven(stateDirectory, 'home'), undefined)
    await noteDrilled(stateDirectory, 'home', repository.id)
    const {provenBytes, totalBytes} = result
    t.deepEqual(await readProven(stateDirectory, 'home'), {provenBytes, totalBytes, share: provenBytes / totalBytes})
  })
})

test('drill: takes no more than it may, and tells what is too large', async (t) => {
  const place = await createFiles(t)
  await withRepository(place, async (repository) => {
    const {result} = await drill(repository, place, {bytes: 30_000})
    t.true(result.bytes <= 30_000 && result.files > 0)
    t.true(result.tooLarge > 0)
    t.is((await drill(repository, place, {files: 3})).result.files, 3)
    t.is((await drill(repository, place, {maxDurationMs: 0})).result.files, 0)
  })
})

test('drill: of a profile with a host of its own, files are compared with those on this machine, and of another host they are not', async (t) => {
  const place = await withFolders(await createPlace(t, NO_SECRET))
  writeRandom(join(place.source, 'one'), 1, 200_000)
  await setTimeout(150)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS, host: 'nas'})
    t.is((await drill(repository, place)).result.liveCompared, 0)
    t.is((await drill(repository, place, {exactly: {host: 'nas', paths: [place.source]}})).result.liveCompared, 1)
  })
})

test('drill: stands still while it is to pause, also while it compares', async (t) => {
  const bytes = 8_000_000
  const gate = new PauseGate()
  const place = {...(await withFolders(await createPlace(t))), reach: {pause: gate}}
  writeRandom(join(place.source, 'one'), 1, bytes)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const drilling = drill(repository, place)
    // Its time comes last.
    const {mtimeMs} = statSync(join(place.source, 'one'))
    const isRestored = (): boolean =>
      readdirSync(place.target).some((name) => statSync(join(place.target, name, '0', '0'), {throwIfNoEntry: false})?.mtimeMs === mtimeMs)
    while (!isRestored()) await nextTurn()
    gate.pause()
    t.false(await Promise.race([drilling.then(() => true), setTimeout(1500, false)]))
    gate.resume()
    t.is((await drilling).result.files, 1)
    leavesNothing(t, place)
  })
})

test('drill: one that is ended leaves nothing in the temporary place, and what it had proven is kept', async (t) => {
  const place = await createFiles(t)
  await withRepository(place, async (repository) => {
    const controller = new AbortController()
    const error = await t.throwsAsync(drill(repository, place, {signal: controller.signal, onEvent: () => controller.abort()}))
    t.true(isPocketError(error, 'interrupted'))
    leavesNothing(t, place)
    t.true((await drill(repository, place, {maxDurationMs: 0})).result.provenBytes > 0)
  })
})

test('drill: an error leaves nothing in the temporary place', async (t) => {
  const place = await createFiles(t)
  await withRepository(place, async (repository) => {
    const fail = (): never => {
      throw new RangeError('a bug')
    }
    await t.throwsAsync(drill(repository, place, {onEvent: fail}), {instanceOf: RangeError})
    leavesNothing(t, place)
    const missing = await t.throwsAsync(drill(repository, {...place, target: join(place.folder, 'missing')}))
    t.regex(missing.message, /^cannot make a temporary folder in '.*missing'/)
  })
})

onMountable(`drill: a temporary place without room is named ${WHERE_MOUNTABLE}`, async (t) => {
  const place = await withFolders(await createPlace(t, NO_SECRET))
  writeRandom(join(place.source, 'one'), 1, 3_000_000)
  const disk = smallDisk(t, place.folder, 'size=2m')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const error = await t.throwsAsync(drill(repository, {...place, target: disk}))
    t.true(isPocketError(error, 'no-space'))
    t.true(error.message.includes(disk))
    t.deepEqual(readdirSync(disk), [])
    writeFileSync(join(place.source, 'small'), 'small')
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.like((await drill(repository, {...place, target: disk})).result, {files: 1, tooLarge: 1})
  })
})
