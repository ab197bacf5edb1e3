/** Finding several snapshots at once, by name or by choice. */
import test from 'ava'
import {findSnapshots} from '../../src/index.js'
import {findChosen} from '../../src/operations/find-snapshot.js'
import {saveSnapshot} from '../../src/repository/snapshot-store.js'
import {rejectsWith} from '../backend/objects.js'
import {createPlace, withRepository} from './repository-place.js'
import {take, writeSource} from './simple-source.js'

test('find: several names are found by one listing, each once, and checkpoints are chosen by name only', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    const ids = []
    for (let number = 1n; number <= 3n; number++) {
      ids.push((await take(repository, {paths: [place.source], timeNs: number * 10n ** 18n, host: number === 2n ? 'two' : 'one'})).id!)
    }
    const found = async (...references: string[]) => (await findSnapshots(repository, references)).map(({id}) => id)
    t.deepEqual(await found('latest', ids[0], 'latest~1', ids[2].slice(0, 16), 'latest~2'), [ids[2], ids[0], ids[1]])
    t.deepEqual(await found(), [])
    await rejectsWith(t, found('latest', 'latest~3'), 'snapshot-missing')
    const [{record}] = await findSnapshots(repository, ['latest'])
    const checkpoint = await saveSnapshot(repository, {...record, isIncomplete: true})
    const chosen = async (references: string[], hosts?: string[]) => (await findChosen(repository, references, {hosts})).map(({id}) => id)
    t.deepEqual(await chosen([]), ids)
    t.deepEqual(await chosen([], ['one']), [ids[0], ids[2]])
    t.deepEqual(await chosen([checkpoint], ['two']), [checkpoint])
  })
})
