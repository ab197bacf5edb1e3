/** Copying snapshots between repositories: what arrives, what is read and stored for it, and what becomes of damage and interruptions. */
import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {checkRepository, listSnapshots, markSnapshots, takeSnapshot} from '../../src/index.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {recorder} from '../backend/recorder.js'
import {copy, emptyObjects, openOn, prepareScene, restoresAll, takeRound} from './copy-place.js'
import {NO_SECRET} from './repository-place.js'
import {duplicateChunks} from './stored-chunks.js'

test('copy: to a repository with other keys, everything restores bit for bit, and nothing is stored twice', async (t) => {
  const scene = await prepareScene(t)
  const objects = await emptyObjects('small')
  const from = faultyBackend(createMemoryBackend(scene.objects), [])
  const result = await copy(from, createMemoryBackend(objects))
  t.like(result, {copied: 3, skipped: 0, failed: 0, dryRun: false})
  await restoresAll(t, scene, objects)
  t.deepEqual(
    from.calls.filter((call) => call.startsWith('put') || call.startsWith('remove')),
    [],
    'the source is only read',
  )
  await openOn(createMemoryBackend(objects), async (repository) => {
    t.deepEqual(await duplicateChunks(repository), [])
    const check = await checkRepository(repository, {readData: {type: 'all'}})
    t.deepEqual([check.damagedObjects, check.damagedPaths, check.unindexed], [0, 0, 0])
    const [first, second, third] = await listSnapshots(repository)
    t.deepEqual([first.parent, second.parent, third.parent], [undefined, first.id, second.id])
  })
})
