import test, {type ExecutionContext} from 'ava'
import fc from 'fast-check'
import {LOCAL_ACCESS} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {FrameSpool} from '../../src/engine/frame-spool.js'
import {KeptFrames} from '../../src/engine/kept-frames.js'
import {RestoreFetch} from '../../src/engine/restore-fetch.js'
import {RestoreFlow} from '../../src/engine/restore-flow.js'
import type {GroupBytes} from '../../src/engine/restore-jobs.js'
import {joinGroups, type Span} from '../../src/engine/restore-spans.js'
import {createFile, type FrameGroup, RestoreWindow} from '../../src/engine/restore-window.js'
import {ChunkIndex, type FrameLocation} from '../../src/repository/chunk-index.js'
import {packName} from '../../src/repository/names.js'
import type {TreeEntry} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {nextTurn} from '../../src/util/concurrency.js'
import {faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {recorder} from '../backend/recorder.js'
import {chunkId, chunkIds, noise, toldPack} from '../repository/material.js'

const PACKS = 3
const CHUNKS = 40
const PER_FRAME = 2
const FRAMES = CHUNKS / PER_FRAME
/** No gap belongs to a group, so that each frame that stands alone is one. */
const ACCESS = {...LOCAL_ACCESS, gapBytes: 0}

const index = new ChunkIndex()
const objects = new Map<string, Uint8Array>()
for (let number = 0; number < PACKS; number++) {
  const pack = toldPack(`pack ${number}`, chunkIds(number * CHUNKS, CHUNKS), PER_FRAME)
  index.add(pack)
  objects.set(packName(pack.id), noise(pack.sizeBytes, number))
}

const ENTRY = {sizeBytes: 0, depth: 1, mode: 0, uid: 0, gid: 0, mtimeNs: 0n} as TreeEntry

/** The groups of the frames of these numbers in the index, each of which is wanted for one chunk. */
function groupsOf(frames: readonly number[], kept?: KeptFrames): FrameGroup[] {
  const window = new RestoreWindow({index, access: ACCESS, kept})
  const path = 'file' as ByteString
  const file = createFile({path, absolute: path, entry: ENTRY, isReplacement: false})
  for (const frame of frames) window.add(file, {ids: chunkId(frame * PER_FRAME), lengths: Uint32Array.of(1000)}, 0)
  return [...window.take()]
}

function storedBytes({pack, offset, storedLength}: FrameLocation): Uint8Array {
  return objects.get(packName(pack.id))!.slice(offset, offset + storedLength)
}

function keeping(references: Uint32Array): KeptFrames {
  return new KeptFrames({references, spool: new FrameSpool({path: '/nowhere', reservedBytes: 0})})
}

const wanted = fc.uniqueArray(fc.nat(PACKS * FRAMES - 1), {minLength: 1, maxLength: 40})

test('restore spans: every group is in one, which lies in one pack, is not too long and has no wide gap', (t) => {
  const access = fc.record({gapBytes: fc.nat(6000), rangeBytes: fc.integer({min: 1, max: 20_000})})
  fc.assert(
    fc.property(wanted, access, (frames, {gapBytes, rangeBytes}) => {
      const groups = groupsOf(frames)
      const spans = [...joinGroups(groups, {...LOCAL_ACCESS, gapBytes, rangeBytes})]
      t.deepEqual(
        spans.flatMap((span) => span.groups),
        groups,
      )
      for (const span of spans) {
        t.true(span.groups.length === 1 || span.length <= rangeBytes)
        let end = span.start
        for (const group of span.groups) {
          t.is(group.frames[0].pack, span.pack)
          t.true(group.start - end <= gapBytes)
          end = group.start + group.length
        }
        t.is(end, span.start + span.length)
      }
      // Neighbours are apart for a reason.
      for (const [place, span] of spans.slice(1).entries()) {
        const before = spans[place]
        const isOneRange = span.groups[0].start + span.groups[0].length - before.start <= rangeBytes
        const isNear = span.start - (before.start + before.length) <= gapBytes
        t.false(before.pack === span.pack && isOneRange && isNear)
      }
    }),
    {numRuns: 200},
  )
})

test('restore fetch: each frame is where its group says, whatever the span', async (t) => {
  await fc.assert(
    fc.asyncProperty(wanted, fc.constantFrom(0, 2000, 10_000), async (frames, gapBytes) => {
      const access = {...LOCAL_ACCESS, gapBytes}
      const fetch = new RestoreFetch({backend: createMemoryBackend(objects, access), index, kept: undefined})
      for (const span of joinGroups(groupsOf(frames), access)) {
        const fetched = await Promise.all(fetch.fetch(span))
        span.groups.forEach((group, place) => checkBytes(t, group, fetched[place]))
      }
    }),
    {numRuns: 60},
  )
})

function checkBytes(t: ExecutionContext, {frames, places}: FrameGroup, {head, stored}: GroupBytes): void {
  t.deepEqual(Buffer.from(head), Buffer.from(objects.get(packName(frames[0].pack.id))!.subarray(0, 40)))
  for (const [number, frame] of frames.entries()) {
    t.deepEqual(Buffer.from(stored.subarray(places[number], places[number] + frame.storedLength)), Buffer.from(storedBytes(frame)))
  }
}

function spansOf(frames: readonly number[], gapBytes: number, kept?: KeptFrames): Span[] {
  return [...joinGroups(groupsOf(frames, kept), {...LOCAL_ACCESS, gapBytes})]
}

test('restore fetch: the head comes with a range that begins near it, and else at the same time; once for a pack', async (t) => {
  const near = recorder(createMemoryBackend(objects, {gapBytes: 3000}))
  const fetch = new RestoreFetch({backend: near.backend, index, kept: undefined})
  for (const span of spansOf([1, 10], 3000)) await Promise.all(fetch.fetch(span))
  t.deepEqual(
    near.readings.map(({start, length}) => [start === 0, length > 40]),
    [
      [true, true],
      [false, true],
    ],
  )
  const stalling = faultyBackend(createMemoryBackend(objects, {gapBytes: 0}), [{effect: 'stall'}, {effect: 'stall', call: 2}])
  const far = new RestoreFetch({backend: stalling, index, kept: undefined})
  const [one, other] = spansOf([10, 15], 0)
  const fetching = [...far.fetch(one), ...far.fetch(other)]
  await nextTurn()
  t.is(stalling.calls.length, 3, 'two ranges and a head')
  stalling.release()
  await Promise.all(fetching)
})

test('restore fetch: a range that fails takes no other with it that counts on its head', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(objects, {gapBytes: 1000}), [{effect: 'fail-for-good'}])
  const fetch = new RestoreFetch({backend: faulty, index, kept: undefined})
  const [one, other] = spansOf([0, 10], 1000)
  const [[failing], [going]] = [fetch.fetch(one), fetch.fetch(other)]
  await rejectsWith(t, failing, 'io-failed')
  checkBytes(t, other.groups[0], await going)
})

test('restore fetch: what is needed later is kept, also what was only read over, and comes without a request', async (t) => {
  const references = new Uint32Array(PACKS * FRAMES)
  for (const frame of [2, 3, 4, 5]) references[frame] = frame === 3 ? 1 : 2
  references[4] = 1
  const kept = keeping(references)
  const {backend, readings} = recorder(createMemoryBackend(objects, {gapBytes: 6000}))
  const fetch = new RestoreFetch({backend, index, kept})
  const [first] = spansOf([2, 4, 5], 6000, kept)
  await Promise.all(fetch.fetch(first))
  t.is(readings.length, 1)
  const later = spansOf([2, 3, 5], 6000, kept)
  for (const span of later) checkBytes(t, span.groups[0], await fetch.fetch(span)[0])
  t.is(readings.length, 1)
  t.false(kept.claim(2) || kept.claim(3) || kept.claim(4) || kept.claim(5))
})

test('restore fetch: what was kept and is gone after all is fetched', async (t) => {
  const kept = keeping(new Uint32Array(PACKS * FRAMES).fill(2))
  const {backend, readings} = recorder(createMemoryBackend(objects, {gapBytes: 6000}))
  const fetch = new RestoreFetch({backend, index, kept})
  for (const span of spansOf([1, 2], 6000, kept)) await Promise.all(fetch.fetch(span))
  const [again] = spansOf([1, 2], 6000, kept)
  t.true(again.isKept)
  kept.drop(2)
  checkBytes(t, again.groups[0], await fetch.fetch(again)[0])
  t.is(readings.length, 2)
})

test('restore flow: what is under way is bounded by number and by bytes, and one of any size may go', async (t) => {
  const releases: (() => void)[] = []
  const flow = new RestoreFlow({calls: 3, bytes: 100, signal: undefined})
  const started: number[] = []
  const start = (bytes: number) =>
    flow.start(bytes, () => {
      started.push(bytes)
      return new Promise((resolve) => releases.push(resolve))
    })
  const all = (async () => {
    for (const bytes of [500, 40, 50, 20, 1, 1]) await start(bytes)
  })()
  const settled = async (): Promise<number[]> => {
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    return started
  }
  t.deepEqual(await settled(), [500])
  releases[0]()
  t.deepEqual(await settled(), [500, 40, 50])
  releases[1]()
  t.deepEqual(await settled(), [500, 40, 50, 20, 1])
  for (let turn = 0; turn < 10; turn++) {
    for (const release of releases) release()
    await nextTurn()
  }
  await all
  await flow.idle()
})

test('restore flow: the first error is thrown by who starts the next, and by who waits for the end', async (t) => {
  const flow = new RestoreFlow({calls: 3, bytes: 100, signal: undefined})
  await Promise.all(['first', 'second'].map((message) => flow.start(1, () => Promise.reject(new Error(message)))))
  await nextTurn()
  await t.throwsAsync(
    flow.start(1, () => Promise.resolve()),
    {message: 'first'},
  )
  await t.throwsAsync(flow.idle(), {message: 'first'})
})

test('restore flow: ends when the signal says so', async (t) => {
  const flow = new RestoreFlow({calls: 3, bytes: 100, signal: AbortSignal.abort()})
  await rejectsWith(
    t,
    flow.start(1, () => Promise.resolve()),
    'interrupted',
  )
})

test('restore flow: who waits for what never ends hears at once that the run is to end', async (t) => {
  const controller = new AbortController()
  const flow = new RestoreFlow({calls: 1, bytes: 100, signal: controller.signal})
  await flow.start(1, () => new Promise(() => undefined))
  const waiting = [flow.idle(), flow.start(1, () => Promise.resolve())]
  controller.abort()
  for (const wait of waiting) await rejectsWith(t, wait, 'interrupted')
})
