import {chmodSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {compareLive, type Comparison, differenceOf} from '../../src/operations/drill-compare.js'
import {fromUserPath} from '../../src/filesystem/native-path.js'
import {ChunkVerifier} from '../../src/repository/pack-reader.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {FileDraw} from '../../src/snapshot/draw-file.js'
import {randomContent, writeRandom} from './content.js'
import {createPlace, withRepository, WORKERS} from './repository-place.js'

const SIZE = 60_000

test('drill: whatever is otherwise in a restored file is found: content, size, time, mode, type', async (t) => {
  const place = await createPlace(t)
  const source = join(place.source, 'one')
  writeRandom(source, 1, SIZE)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const target = join(place.folder, 'target')
    await restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS})
    const [{record}] = await loadSnapshots(repository, () => undefined)
    const trees = await repository.trees()
    const read: Comparison['content']['read'] = (chunk) => trees.read(chunk)
    const file = (await new FileDraw({read, random: () => 0.5, onDamage: () => t.fail()}).draw(record.root, 'files'))!
    const path = join(target, 'one')
    const comparison: Comparison = {
      file,
      restored: fromUserPath(path),
      lacksMetadata: false,
      content: {read, verifier: new ChunkVerifier(repository.keys.dataChunkKey)},
      turn: () => Promise.resolve(),
    }
    t.is(await differenceOf(comparison), undefined)
    const {atime, mtime, mode} = statSync(source)
    const write = (bytes: Buffer): void => {
      writeFileSync(path, bytes)
      utimesSync(path, atime, mtime)
    }
    const spoilt = randomContent(1, SIZE)
    spoilt[SIZE - 1] ^= 1
    write(spoilt)
    const unread = {...comparison, lacksMetadata: true}
    t.regex((await differenceOf(unread)) ?? '', /^what was read from the temporary place/)
    write(randomContent(1, SIZE - 1))
    t.regex((await differenceOf(comparison)) ?? '', /with 59999 bytes instead of 60000/)
    write(randomContent(1, SIZE))
    t.is(await differenceOf(unread), undefined)
    utimesSync(path, atime, new Date(mtime.getTime() - 60_000))
    t.regex((await differenceOf(comparison)) ?? '', /another time/)
    utimesSync(path, atime, mtime)
    chmodSync(path, 0o751)
    const otherMode = {...comparison, file: {...file, entry: {...file.entry, mtimeNs: statSync(path, {bigint: true}).mtimeNs}}}
    t.regex((await differenceOf(otherMode)) ?? '', /with mode 751 instead of 6/)
    chmodSync(path, mode & 0o7777)
    rmSync(path)
    mkdirSync(path)
    t.regex((await differenceOf(comparison)) ?? '', /something else than a file/)
    const live = {live: fromUserPath(join(place.source, 'missing')), startedNs: record.startedNs}
    t.is(await compareLive(comparison, live), 'unlike')
  })
})
