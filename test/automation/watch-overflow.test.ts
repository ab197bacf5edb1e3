/** A watch as it really runs: by the system's clock, with what the system tells, and with what it loses. */
import {execFileSync} from 'node:child_process'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {REAL_CLOCK} from '../../src/automation/watch-clock.js'
import {startWatching} from '../../src/watch/watcher.js'
import {createPlace, NO_SECRET, restoreFresh, withRepository} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {canShrinkQueue, until, withSmallQueue} from '../watch/watched-place.js'
import {beginWatch, profileOf} from './watch-fixture.js'

const onRoot = canShrinkQueue ? test.serial : test.serial.skip

onRoot('watch: an overflow of the queue of events loses nothing', async (t) => {
  t.timeout(120_000)
  const place = await createPlace(t, NO_SECRET)
  const at = (path: string): string => join(place.source, path)
  for (let folder = 0; folder < 20; folder++) {
    mkdirSync(at(`${folder}/deep`), {recursive: true})
    writeFileSync(at(`${folder}/deep/file`), `before ${folder}`)
  }
  const watch = beginWatch(place, () => undefined, {
    profile: profileOf([place.source], {watch: {quietMs: 300, longestWaitMs: 20_000, fullWalkMs: 3_600_000}}),
    clock: REAL_CLOCK,
    startWatching: (...request) => withSmallQueue(() => startWatching(...request)),
  })
  t.teardown(() => watch.end())
  const stored = () => watch.events.filter((event) => event.type === 'snapshot' && event.outcome.snapshot !== undefined)
  await until(() => stored().length > 0)
  for (let round = 0; round < 3; round++) {
    // Many at once, from another process: new folders, new files in them, changed and removed ones.
    const script = `cd "$0" && for i in $(seq 0 19); do mkdir -p $i/deep $i/new-$1/a/b && echo $i $1 > $i/new-$1/a/b/file && echo $1 >> $i/deep/file; done`
    execFileSync('sh', ['-c', script, place.source, String(round)])
    for (let file = 0; file < 200; file++) writeFileSync(at(`${file % 20}/deep/burst-${round}-${file}`), String(file))
    rmSync(at(`${round}/deep`), {recursive: true})
    const before = stored().length
    await until(() => stored().length > before)
  }
  writeFileSync(at('10/new-2/a/b/file'), 'changed in the end')
  watch.end()
  await watch.ended
  t.true(watch.events.some((event) => event.type === 'lost' && event.loss === 'overflow'))
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})
