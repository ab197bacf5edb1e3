import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {takeSnapshot} from '../../src/index.js'
import {listObjects, type ObjectInfo, type ObjectTotals} from '../../src/operations/list-objects.js'
import type {Repository} from '../../src/repository/repository.js'
import {createPlace, WORKERS, withRepository} from './repository-place.js'

async function listAll(repository: Repository): Promise<{objects: ObjectInfo[]; totals: ObjectTotals}> {
  const objects: ObjectInfo[] = []
  const generator = listObjects(repository)
  for (;;) {
    const next = await generator.next()
    if (next.done) return {objects, totals: next.value}
    objects.push(next.value)
  }
}

test('objects: each has its kind, size and time, and the totals are their sums', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'a'), 'some text\n')
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  const stray = 'f'.repeat(64)
  mkdirSync(join(place.location, 'chunks', 'ff'))
  writeFileSync(join(place.location, 'chunks', 'ff', stray), 'half a pack')
  mkdirSync(join(place.location, 'chunks', 'ee'))
  writeFileSync(join(place.location, 'chunks', 'ee', stray), 'in the wrong folder')
  writeFileSync(join(place.location, 'index', 'notes.txt'), 'not ours')
  const {objects, totals} = await withRepository(place, listAll)
  const kinds = Object.entries(totals.kinds).map(([kind, counts]) => [kind, counts.objects])
  t.deepEqual(Object.fromEntries(kinds), {
    config: 1,
    key: 1,
    'data-pack': 1,
    'tree-pack': 1,
    'unindexed-pack': 1,
    index: 1,
    snapshot: 1,
    other: 2,
  })
  t.is(totals.objects, objects.length)
  t.is(
    totals.bytes,
    objects.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0),
  )
  t.is(totals.kinds['unindexed-pack'].bytes, 'half a pack'.length)
  for (const {name, modifiedMs} of objects) t.true(Math.abs(Date.now() - (modifiedMs ?? 0)) < 600_000, name)
})
