/** What changes while nothing is watched. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {PocketError} from '../../src/errors.js'
import {toByteString} from '../../src/util/bytes.js'
import {createPlace, NO_SECRET, restoreFresh, withRepository} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {beginWatch, HOUR_MS, MINUTE_MS, profileOf, SECOND_MS} from './watch-fixture.js'
import type {WatchListener} from '../../src/watch/watcher.js'

async function check(t: ExecutionContext, place: Awaited<ReturnType<typeof createPlace>>): Promise<void> {
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
}

test('watch gaps: what changes between a loss and the next watch is found', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const file = join(place.source, 'file')
  writeFileSync(file, 'one')
  let listener: WatchListener | undefined
  let settles = 0
  let loses = false
  const watch = beginWatch(
    place,
    (clock, w) => {
      clock.at(60 * SECOND_MS, () => {
        writeFileSync(join(place.source, 'other'), 'x')
        loses = true
        listener!.touch(join(place.source, 'other') as never, false)
      })
      clock.at(12 * HOUR_MS, () => w.end())
    },
    {
      startWatching: (_p, heard) => {
        listener = heard
        return Promise.resolve({
          isExact: true,
          settle: () => {
            settles++
            if (loses) {
              loses = false
              heard.lose('overflow')
            }
            return Promise.resolve()
          },
          close: () => Promise.resolve(),
        })
      },
      onEvent: (event) => {
        // After the walk of everything, before a watch is begun anew.
        if (event.type === 'snapshot' && settles === 2) writeFileSync(file, 'two, which is longer')
      },
    },
  )
  await watch.ended
  await check(t, place)
})

test('watch gaps: a watch that can be had again after walks instead of it has missed what came between', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const file = join(place.source, 'file')
  writeFileSync(file, 'one')
  let tries = 0
  const watch = beginWatch(
    place,
    (clock, w) => {
      // The watch is tried again after a full walk's time: an hour; the last walk was minutes before.
      clock.at(HOUR_MS - 3 * SECOND_MS, () => writeFileSync(file, 'two, which is longer'))
      clock.at(HOUR_MS + 50 * MINUTE_MS, () => w.end())
    },
    {
      profile: profileOf([place.source], {watch: {quietMs: 5 * SECOND_MS, longestWaitMs: 7 * MINUTE_MS, fullWalkMs: HOUR_MS}}),
      startWatching: () => {
        tries++
        if (tries === 1) return Promise.reject(new PocketError('watch-limit', 'no'))
        return Promise.resolve({isExact: true, settle: () => Promise.resolve(), close: () => Promise.resolve()})
      },
    },
  )
  await watch.ended
  await check(t, place)
})

test('watch gaps: a walk of everything that falls due while there is no watch waits for one', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const file = join(place.source, 'file')
  writeFileSync(file, 'one')
  let listener: WatchListener | undefined
  let isOpen = false
  let hasTaken = 0
  const watch = beginWatch(
    place,
    (clock, w) => {
      clock.at(HOUR_MS - 400, () => listener!.lose('overflow'))
      clock.at(HOUR_MS + 50 * MINUTE_MS, () => w.end())
    },
    {
      profile: profileOf([place.source], {watch: {quietMs: 5 * SECOND_MS, longestWaitMs: 7 * MINUTE_MS, fullWalkMs: HOUR_MS}}),
      startWatching: (_p, heard) => {
        listener = heard
        isOpen = true
        return Promise.resolve({
          isExact: true,
          settle: () => Promise.resolve(),
          close: () => {
            isOpen = false
            return Promise.resolve()
          },
        })
      },
      onEvent: (event) => {
        if (event.type !== 'snapshot' || ++hasTaken !== 2) return
        writeFileSync(file, 'two, which is longer')
        // Only a watch that is there tells of it.
        if (isOpen) listener?.touch(toByteString(file), false)
      },
    },
  )
  await watch.ended
  await check(t, place)
})
