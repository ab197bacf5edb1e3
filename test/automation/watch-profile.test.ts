/** When a watch takes snapshots, of what, and what it does when something goes wrong; on a clock of the tests' own. */
import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import {PocketError} from '../../src/errors.js'
import {listSnapshots, takeSnapshot} from '../../src/index.js'
import {bytesToByteString, toByteString} from '../../src/util/bytes.js'
import {applyEdit, edits} from '../operations/generated-tree.js'
import {createPlace, NO_SECRET, type Place, restoreFresh, withRepository} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {beginWatch, DAY_MS, type FakeWatch, HOUR_MS, MINUTE_MS, runSnapshot, SECOND_MS} from './watch-fixture.js'

/** Writes a file, and tells of it. */
function change(place: Place, watch: FakeWatch, name: string, content: string): void {
  writeFileSync(join(place.source, name), content)
  watch.listener().touch(toByteString(join(place.source, name)), false)
}

test('watch: a snapshot is taken when it has been quiet, and of what has changed', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => change(place, own, 'one', '1'))
    clock.at(13 * SECOND_MS, () => change(place, own, 'two', '2'))
    clock.at(60 * SECOND_MS, () => change(place, own, 'one', '1'))
    clock.at(90 * SECOND_MS, own.end)
  })
  await watch.ended
  t.deepEqual(watch.taken(), ['0s start succeeded all stored', '18s quiet succeeded touched stored', '65s quiet succeeded touched stored'])
  t.is(watch.opened(), 1)
})

test('watch: changes without end are taken in after the longest wait', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch = beginWatch(place, (clock, own) => {
    for (let second = 10; second < 400; second += 2) clock.at(second * SECOND_MS, () => change(place, own, 'log', `line ${second}`))
    clock.at(420 * SECOND_MS, own.end)
  })
  await watch.ended
  t.deepEqual(watch.taken(), [
    '0s start succeeded all stored',
    '310s longest-wait succeeded touched stored',
    '403s quiet succeeded touched stored',
  ])
})

test('watch: where nothing has really changed no snapshot is stored', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  writeFileSync(join(place.source, 'same'), 'same')
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => own.listener().touch(toByteString(join(place.source, 'same')), false))
    clock.at(25 * HOUR_MS, own.end)
  })
  await watch.ended
  t.deepEqual(watch.taken(), [
    '0s start succeeded all stored',
    '15s quiet succeeded touched unchanged',
    `${DAY_MS / SECOND_MS}s full-walk succeeded all unchanged`,
  ])
  await withRepository(place, async (repository) => t.is((await listSnapshots(repository)).length, 1))
})

test('watch: what was lost is found by a walk of everything, with a watch begun anew', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => {
      writeFileSync(join(place.source, 'untold'), 'untold')
      own.listener().lose('overflow')
    })
    clock.at(60 * SECOND_MS, () => change(place, own, 'told', 'told'))
    clock.at(80 * SECOND_MS, own.end)
  })
  await watch.ended
  t.is(watch.events.filter(({type}) => type === 'watching').length, 2)
  t.deepEqual(watch.taken().slice(1), ['15s lost succeeded all stored', '65s quiet succeeded touched stored'])
})

test('watch: the walk of everything tells of changes that nothing has told of', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  mkdirSync(join(place.source, 'folder'))
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => change(place, own, 'told', 'told'))
    clock.at(HOUR_MS, () => writeFileSync(join(place.source, 'folder', 'untold'), 'untold'))
    // Told, and not taken in by then.
    clock.at(DAY_MS - SECOND_MS, () => change(place, own, 'late', 'late'))
    clock.at(25 * HOUR_MS, own.end)
  })
  await watch.ended
  const untold = watch.events.filter((event) => event.type === 'untold')
  t.deepEqual(untold, [{type: 'untold', paths: [join(place.source, 'folder', 'untold')], count: 1}])
})

test('watch: what could not be stored is kept, and tried again less and less often', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  writeFileSync(join(place.source, 'file'), 'file')
  const away = `${place.location}-away`
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => {
      renameSync(place.location, away)
      change(place, own, 'file', 'changed')
    })
    clock.at(20 * SECOND_MS, () => change(place, own, 'other', 'made meanwhile'))
    clock.at(100 * SECOND_MS, () => renameSync(away, place.location))
    clock.at(400 * SECOND_MS, own.end)
  })
  await watch.ended
  t.deepEqual(
    watch.taken().map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['0s start succeeded', '15s quiet failed', '25s quiet failed', '45s quiet failed', '85s quiet failed', '165s quiet succeeded'],
  )
  t.true(watch.taken().at(-1)?.endsWith('touched stored'))
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

test('watch: what has changed when it ends is in a last snapshot', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch = beginWatch(place, (clock, own) => {
    clock.at(10 * SECOND_MS, () => change(place, own, 'file', 'file'))
    clock.at(12 * SECOND_MS, own.end)
  })
  await watch.ended
  t.deepEqual(watch.taken().slice(1), ['12s end succeeded touched stored'])
})

test('watch: without a watch everything is walked every so often, and it is said why', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const error = new PocketError('watch-limit', 'too many', {hint: 'raise it'})
  const watch = beginWatch(
    place,
    (clock, own) => {
      clock.at(6 * MINUTE_MS, () => writeFileSync(join(place.source, 'file'), 'file'))
      clock.at(11 * MINUTE_MS, own.end)
    },
    {startWatching: () => Promise.reject(error)},
  )
  await watch.ended
  t.deepEqual(watch.events[0], {type: 'not-watching', error, everyMs: 5 * MINUTE_MS})
  t.deepEqual(watch.taken(), [
    '0s start succeeded all stored',
    '300s full-walk succeeded all unchanged',
    '600s full-walk succeeded all stored',
  ])
})

test('watch: what hooks do in the watched folder calls for no snapshot of its own', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch: FakeWatch = beginWatch(
    place,
    (clock, own) => {
      clock.at(10 * SECOND_MS, () => change(place, own, 'file', 'file'))
      clock.at(HOUR_MS, own.end)
    },
    {
      run: async (request) => {
        change(place, watch, 'dump', 'made before')
        const outcome = await runSnapshot(request)
        rmSync(join(place.source, 'dump'))
        watch.listener().touch(toByteString(join(place.source, 'dump')), false)
        return outcome
      },
    },
  )
  await watch.ended
  // The start, the change, and at the end what the hooks of that one have left.
  t.is(watch.taken().length, 3)
  t.regex(watch.taken()[2], /end /)
})

test('watch: a clock that jumps, or a machine that sleeps, does not put the walk of everything off', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const watch = beginWatch(place, (clock, own) => {
    clock.at(HOUR_MS, () => (clock.offsetMs += 23 * HOUR_MS))
    // What waits for the clock on the wall looks at it when it is woken.
    clock.at(HOUR_MS + SECOND_MS, () => change(place, own, 'file', 'file'))
    clock.at(2 * HOUR_MS, () => (clock.offsetMs -= 48 * HOUR_MS))
    clock.at(2 * HOUR_MS + SECOND_MS, () => change(place, own, 'file', 'again'))
    clock.at(3 * HOUR_MS, own.end)
  })
  await watch.ended
  t.is(watch.taken().filter((line) => line.includes('full-walk')).length, 2)
})

test('watch: after a day of edits the last snapshot is what is in the folder', async (t) => {
  t.timeout(240_000)
  const place = await createPlace(t, NO_SECRET)
  for (let folder = 0; folder < 5; folder++) {
    mkdirSync(join(place.source, `folder-${folder}`))
    for (let file = 0; file < 5; file++) writeFileSync(join(place.source, `folder-${folder}`, `file-${file}`), `${folder} ${file}`)
  }
  const seed = Number(process.env.POCKET_TEST_SEED ?? Date.now() | 0)
  t.log(`seed ${seed}`)
  const made = fc.sample(edits, {seed, numRuns: 400})
  const times = fc.sample(fc.nat(DAY_MS), {seed, numRuns: made.length})
  const root = Buffer.from(place.source)
  const watch = beginWatch(place, (clock, own) => {
    for (const [number, edit] of made.entries()) {
      clock.at(times[number], () => {
        const touched = applyEdit(root, edit)
        // Now and then the system loses what it should have told.
        if (number % 50 === 49) own.listener().lose('overflow')
        else for (const {pathBytes, isDeep} of touched) own.listener().touch(bytesToByteString(pathBytes), isDeep)
      })
    }
    clock.at(DAY_MS + MINUTE_MS, own.end)
  })
  await watch.ended
  const untold = watch.events.filter(({type}) => type === 'untold')
  const touched = watch.taken().filter((line) => line.includes('touched stored'))
  t.deepEqual(untold, [])
  t.true(touched.length > 200, `${touched.length} of what was touched`)
  await withRepository(place, async (repository) => {
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
    const whole = await takeSnapshot(repository, {paths: [place.source], parent: false, skipUnchanged: true, workers: 1})
    t.is(whole.summary.chunksNew, 0)
  })
})
