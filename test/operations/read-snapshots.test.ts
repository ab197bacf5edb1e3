/** Listing snapshots and their entries, finding them by reference, reading files, counting. */
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  type EntryInfo,
  listEntries,
  listSnapshots,
  readFile,
  type Repository,
  repositoryStats,
  resolveSnapshot,
  type SnapshotOptions,
  takeSnapshot,
} from '../../src/index.js'
import {randomContent, writeRandom} from './content.js'
import {createPlace, type Place, withRepository, WORKERS} from './repository-place.js'

const SECOND = 1_000_000_000n

/** Three snapshots of host a and one of host b, a second between each. */
async function withSnapshots(
  t: ExecutionContext,
  use: (repository: Repository, ids: string[], place: Place) => Promise<void>,
): Promise<void> {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'below'))
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, async (repository) => {
    const requests: Omit<SnapshotOptions, 'paths'>[] = [
      {host: 'a', tags: ['daily', 'first']},
      {host: 'a', tags: ['daily']},
      {host: 'b', tags: ['weekly']},
      {host: 'a'},
    ]
    const ids: string[] = []
    for (const [number, request] of requests.entries()) {
      const paths = [number === 3 ? join(place.source, 'below') : place.source]
      ids.push(
        (await takeSnapshot(repository, {paths, timeNs: BigInt(number + 1) * SECOND, user: 'somebody', workers: WORKERS, ...request})).id!,
      )
    }
    await use(repository, ids, place)
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('list: snapshots come oldest first, with what they were taken of', async (t) => {
  await withSnapshots(t, async (repository, ids, {source}) => {
    const all = await listSnapshots(repository)
    t.deepEqual(
      all.map(({id}) => id as string),
      ids,
    )
    const [first] = all
    t.deepEqual(
      [first.timeNs, first.host, first.user, first.base, first.paths, first.tags, first.parent],
      [SECOND, 'a', 'somebody', source, [source], ['daily', 'first'], undefined],
    )
    t.is(all[1].parent, all[0].id)
    t.is(first.summary.total.files, 1)
    t.true(first.durationNs > 0n)
  })
})

test('list: filters by host, path and tags, and gives the latest of each group', async (t) => {
  await withSnapshots(t, async (repository, [one, two, three, four], {source}) => {
    const found = async (options: Parameters<typeof listSnapshots>[1]) =>
      (await listSnapshots(repository, options)).map(({id}) => id as string)
    t.deepEqual(await found({hosts: ['a']}), [one, two, four])
    t.deepEqual(await found({hosts: ['a', 'b']}), [one, two, three, four])
    t.deepEqual(await found({paths: [join(source, 'below')]}), [four])
    t.deepEqual(await found({tags: ['daily']}), [one, two])
    t.deepEqual(await found({tags: ['daily,first', 'weekly']}), [one, three])
    t.deepEqual(await found({latest: 1}), [two, three, four])
    t.deepEqual(await found({hosts: ['a'], paths: [source], latest: 1}), [two])
    t.deepEqual(await found({hosts: ['c']}), [])
  })
})

test('references: an id, the beginning of one, latest and latest~N name a snapshot', async (t) => {
  await withSnapshots(t, async (repository, ids) => {
    const find = async (reference: string) => (await resolveSnapshot(repository, reference)).id as string
    for (const id of ids) {
      t.is(await find(id), id)
      t.is(await find(id.slice(0, 12)), id)
    }
    t.deepEqual([await find('latest'), await find('latest~0'), await find('latest~3')], [ids[3], ids[3], ids[0]])
  })
})

test('references: what names no snapshot, or more than one, is an error that says so', async (t) => {
  await withSnapshots(t, async (repository, ids) => {
    const find = (reference: string) => resolveSnapshot(repository, reference)
    await t.throwsAsync(find('latest~4'), {code: 'snapshot-missing', message: /'latest~4' goes back beyond the first of 4 snapshots/})
    const unused = ['0000000', 'fffffff'].find((prefix) => ids.every((id) => !id.startsWith(prefix)))!
    await t.throwsAsync(find(unused), {code: 'snapshot-missing', message: new RegExp(unused)})
    await t.throwsAsync(find(`${ids[0].slice(0, 60)}zz`), {code: 'usage'})
    await t.throwsAsync(find('latest~'), {code: 'usage'})
    await t.throwsAsync(find('LATEST'), {code: 'usage'})
    const error = await t.throwsAsync(find(''))
    t.regex(String((error as {code?: string}).code), /usage|snapshot-ambiguous/)
  })
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    await t.throwsAsync(resolveSnapshot(repository, 'latest'), {code: 'snapshot-missing', message: 'there is no snapshot'})
  })
})

test('references: a prefix of several snapshots is ambiguous, and the hint names them', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, async (repository) => {
    const ids: string[] = []
    // Of 17 ids two begin with the same digit.
    while (ids.length < 17) ids.push((await takeSnapshot(repository, {paths: [place.source], workers: 1})).id!)
    const digit = [...'0123456789abcdef'].find((first) => ids.filter((id) => id.startsWith(first)).length > 1)!
    const candidates = ids.filter((id) => id.startsWith(digit))
    const error = await t.throwsAsync(resolveSnapshot(repository, digit), {
      code: 'snapshot-ambiguous',
      message: `'${digit}' could be any of ${candidates.length} snapshots`,
    })
    const named = (error as {hint?: string}).hint?.match(/[0-9a-f]{8}/g) ?? []
    t.is(named.length, Math.min(5, candidates.length))
    t.true(named.every((prefix) => candidates.some((id) => id.startsWith(prefix))))
  })
})

test('entries: a folder lists what is in it, with everything that is known, and goes down when asked', async (t) => {
  const place = await createPlace(t)
  const {source} = place
  mkdirSync(join(source, 'a', 'b'), {recursive: true})
  writeFileSync(join(source, 'a', 'b', 'deep'), 'deep')
  writeFileSync(join(source, 'a', 'file'), '12345', {mode: 0o640})
  symlinkSync('file', join(source, 'a', 'link'))
  writeFileSync(Buffer.concat([Buffer.from(source), Buffer.from([0x2f, 0xff, 0x0a])]), '')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
    const list = async (reference: string, recursive = false) => collect<EntryInfo>(listEntries(repository, {reference, recursive}))
    const paths = async (reference: string, recursive = false) => (await list(reference, recursive)).map(({path}) => path)
    t.deepEqual(await paths('latest'), ['a', '\\xff\\x0a'])
    t.deepEqual(await paths('latest:a'), ['a/b', 'a/file', 'a/link'])
    t.deepEqual(await paths('latest', true), ['a', 'a/b', 'a/b/deep', 'a/file', 'a/link', '\\xff\\x0a'])
    t.deepEqual(await paths(`latest:${source}/a//b/`), ['a/b/deep'])
    t.deepEqual(await paths('latest:'), ['a', '\\xff\\x0a'])
    const [file] = await list('latest:a/file')
    t.deepEqual(
      [file.path, file.kind, file.mode, file.sizeBytes, file.target, file.error],
      ['a/file', 'file', 0o640, 5, undefined, undefined],
    )
    const [link] = await list('latest:a/link')
    t.deepEqual([link.kind, link.target], ['link', 'file'])
    const odd = (await list('latest')).at(-1)!
    t.deepEqual(Buffer.from(odd.pathBytes), Buffer.from([0xff, 0x0a]))
    await t.throwsAsync(list('latest:a/none'), {code: 'path-missing', message: /'a\/none'/})
    await t.throwsAsync(list('latest:a/file/x'), {code: 'not-a-directory', message: /'a\/file'/})
  })
})

test('cat: a file is read piece by piece, from any snapshot', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeRandom(path, 1, 2_500_000)
  writeFileSync(join(place.source, 'empty'), '')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    writeRandom(path, 2, 1_500_000)
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const read = async (reference: string) => Buffer.concat(await collect(readFile(repository, reference)))
    t.true((await read('latest:file')).equals(randomContent(2, 1_500_000)))
    t.true((await read('latest~1:file')).equals(randomContent(1, 2_500_000)))
    t.true((await read(`latest~1:${path}`)).equals(randomContent(1, 2_500_000)))
    t.is((await read('latest:empty')).length, 0)
    t.true((await collect(readFile(repository, 'latest:file'))).every(({length}) => length <= 256 * 1024))
    await t.throwsAsync(read('latest'), {code: 'usage'})
    await t.throwsAsync(read('latest:.'), {code: 'not-a-file'})
    await t.throwsAsync(read('latest:nothing'), {code: 'path-missing'})
  })
})

test('stats: what there is, what it takes, and the ratios between', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    const empty = await repositoryStats(repository)
    t.deepEqual(
      {...empty, storedBytes: 0},
      {
        snapshots: 0,
        files: 0,
        bytes: 0,
        chunks: 0,
        uniqueBytes: 0,
        storedBytes: 0,
        packs: 0,
        objects: 2,
        ratios: {deduplication: 1, compression: 1, total: 1},
      },
    )
    writeRandom(join(place.source, 'one'), 1, 1_000_000)
    writeRandom(join(place.source, 'two'), 1, 1_000_000)
    for (let round = 0; round < 2; round++) await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const {snapshots, files, bytes, packs, objects, chunks, uniqueBytes, storedBytes, ratios} = await repositoryStats(repository)
    t.deepEqual([snapshots, files, bytes, packs, objects], [2, 4, 4_000_000, 2, 7])
    t.true(
      chunks > 5 && uniqueBytes === 1_000_000 && Math.abs(storedBytes - uniqueBytes) < 20_000,
      `${chunks} ${uniqueBytes} ${storedBytes}`,
    )
    t.true(Math.abs(ratios.deduplication - bytes / uniqueBytes) < 1e-9 && Math.abs(ratios.total - bytes / storedBytes) < 1e-9)
  })
})
