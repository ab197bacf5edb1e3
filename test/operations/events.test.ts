/** What snapshots and restores tell while they run. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  type RestoreEvent,
  restoreSnapshot,
  type SnapshotEvent,
  type SnapshotProgress,
  type RestoreProgress,
  takeSnapshot,
} from '../../src/index.js'
import {writeRandom} from './content.js'
import {createPlace, type Place, withRepository, WORKERS} from './repository-place.js'

const FILES = 60
const FILE_BYTES = 500_000

async function createSource(t: ExecutionContext): Promise<Place> {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'folder'))
  for (let file = 0; file < FILES; file++) writeRandom(join(place.source, 'folder', `file-${file}`), file, FILE_BYTES)
  writeFileSync(join(place.source, 'empty'), '')
  return place
}

/** The values of `key` never fall. */
function rises<T>(t: ExecutionContext, items: readonly T[], key: keyof T & string): void {
  const values = items.map((item) => Number(item[key]))
  t.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
    key,
  )
}

test('events: a snapshot tells how far it is, rising to what it has done', async (t) => {
  const place = await createSource(t)
  await withRepository(place, async (repository) => {
    for (const round of ['first', 'next', 'forced']) {
      const events: SnapshotEvent[] = []
      const onEvent = (event: SnapshotEvent) => events.push(event)
      const {summary} = await takeSnapshot(repository, {
        paths: [place.source],
        workers: WORKERS,
        estimate: true,
        force: round === 'forced',
        onEvent,
      })
      t.deepEqual(events[0], {
        type: 'started',
        paths: [place.source],
        parent: round === 'first' ? undefined : (events[0] as {parent?: never}).parent,
      })
      t.is(events.at(-1)?.type, 'finishing')
      const progress = events.filter((event): event is SnapshotProgress => event.type === 'progress')
      for (const key of ['elapsedMs', 'files', 'directories', 'bytesRead', 'bytesProcessed', 'bytesNew', 'bytesStored'] as const)
        rises(t, progress, key)
      const last = progress.at(-1)!
      t.deepEqual([last.files, last.directories, last.bytesProcessed], [FILES + 1, 1, FILES * FILE_BYTES])
      t.is(last.bytesRead, summary.bytesRead)
      for (const {totalFiles, totalBytes} of progress) {
        t.deepEqual([totalFiles ?? FILES + 1, totalBytes ?? FILES * FILE_BYTES], [FILES + 1, FILES * FILE_BYTES])
      }
    }
  })
})

test('events: a restore tells where it goes and how far it is, rising to all there is', async (t) => {
  const place = await createSource(t)
  await withRepository(place, async (repository) => {
    const {id} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const target = join(place.folder, 'target')
    const events: RestoreEvent[] = []
    await restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, onEvent: (event) => events.push(event)})
    t.deepEqual(events[0], {type: 'started', snapshot: id, target, totalFiles: FILES + 1, totalBytes: FILES * FILE_BYTES})
    const progress = events.filter((event): event is RestoreProgress => event.type === 'progress')
    for (const key of ['elapsedMs', 'files', 'bytes'] as const) rises(t, progress, key)
    const last = progress.at(-1)!
    t.deepEqual([last.files, last.bytes, last.totalFiles, last.totalBytes], [FILES + 1, FILES * FILE_BYTES, FILES + 1, FILES * FILE_BYTES])
  })
})
