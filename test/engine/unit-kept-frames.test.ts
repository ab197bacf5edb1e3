import {existsSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {FrameSpool} from '../../src/engine/frame-spool.js'
import {KeptFrames} from '../../src/engine/kept-frames.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {noise} from '../repository/material.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE} from '../small-disk.js'

const LENGTH = 10_000

interface Fixture {
  kept: KeptFrames
  folder: string
  /** Keeps the frame, as it is when it has been fetched. */
  keep: (frame: number) => void
}

/** `references`: how often each frame is needed later. */
function fixture(
  t: ExecutionContext,
  references: readonly number[],
  {memoryBytes = 0, folder = temporaryFolder(t), limitBytes = 2 ** 30} = {},
): Fixture {
  const path = join(folder, 'spool', 'frames')
  const spool = new FrameSpool({path, reservedBytes: 0, limitBytes})
  const kept = new KeptFrames({references: Uint32Array.from(references), spool, memoryBytes})
  t.teardown(() => kept.close())
  return {kept, folder, keep: (frame) => kept.keep(frame, LENGTH, () => Promise.resolve(noise(LENGTH, frame)))}
}

/** Plans the last chunk of the frame and reads it: whether it is what was kept; undefined when it is gone. */
async function readLast(kept: KeptFrames, frame: number): Promise<boolean | undefined> {
  kept.planned(frame)
  if (!kept.claim(frame)) return undefined
  const bytes = await kept.read(frame)
  return bytes && Buffer.compare(bytes, noise(LENGTH, frame)) === 0
}

for (const [place, memoryBytes] of [
  ['memory', 100_000],
  ['a spool', 0],
  ['both', 25_000],
] as const) {
  test(`kept frames: what is needed later is kept in ${place}, until nobody needs it`, async (t) => {
    const {kept, keep} = fixture(t, [1, 2, 0, 1, 1], {memoryBytes})
    for (const frame of [0, 1, 2, 3, 4]) keep(frame)
    t.false(kept.claim(2), 'not needed')
    for (const frame of [4, 1, 0, 3, 1]) t.true(await readLast(kept, frame), `${frame}`)
    for (const frame of [0, 1, 3, 4]) t.false(kept.claim(frame), `${frame}`)
  })
}

test('kept frames: who was promised a frame gets it, also when another reads it meanwhile', async (t) => {
  const {kept, keep} = fixture(t, [2], {memoryBytes: 100_000})
  keep(0)
  kept.planned(0)
  t.true(kept.claim(0))
  kept.planned(0)
  t.true(kept.claim(0))
  t.truthy(await kept.read(0))
  t.truthy(await kept.read(0))
  t.false(kept.claim(0))
})

test('kept frames: memory is used again', async (t) => {
  const {kept, keep, folder} = fixture(t, [1, 1, 1], {memoryBytes: LENGTH})
  for (const frame of [0, 1, 2]) {
    keep(frame)
    t.true(await readLast(kept, frame))
  }
  t.false(existsSync(join(folder, 'spool')))
})

test('kept frames: one whose fetch fails, or that is dropped, is gone', async (t) => {
  for (const memoryBytes of [0, 100_000]) {
    const {kept, keep} = fixture(t, [1, 1], {memoryBytes})
    kept.keep(0, LENGTH, () => Promise.reject(new Error('on purpose')))
    t.is(await readLast(kept, 0), undefined)
    keep(1)
    kept.drop(1)
    t.is(await readLast(kept, 1), undefined)
  }
})

test('kept frames: the spool is for nobody else to see, and nothing stays of it', async (t) => {
  const {kept, keep, folder} = fixture(t, [1])
  keep(0)
  t.true(await readLast(kept, 0))
  if (process.platform !== 'win32') t.deepEqual(readdirSync(join(folder, 'spool')), [])
  await kept.close()
  t.deepEqual(readdirSync(join(folder, 'spool')), [])
})

test('kept frames: beyond the limit of the spool frames are not kept', async (t) => {
  const {kept, keep} = fixture(t, [1, 1, 1], {limitBytes: 2.5 * LENGTH})
  for (const frame of [0, 1, 2]) keep(frame)
  t.deepEqual([await readLast(kept, 0), await readLast(kept, 1), await readLast(kept, 2)], [true, true, undefined])
})

test('kept frames: a spool that cannot be made keeps nothing and fails nothing', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'spool'), 'in the way')
  const {kept, keep} = fixture(t, [1, 1], {folder})
  keep(0)
  t.is(await readLast(kept, 0), undefined)
  keep(1)
  t.is(await readLast(kept, 1), undefined)
  await t.notThrowsAsync(kept.close())
})

onMountable(`kept frames: on a full disk what was written can still be read, and nothing fails ${WHERE_MOUNTABLE}`, async (t) => {
  const disk = smallDisk(t, temporaryFolder(t), 'size=256k')
  const {kept, keep} = fixture(
    t,
    Array.from({length: 20}, () => 1),
    {folder: disk},
  )
  keep(0)
  t.true(kept.claim(0))
  t.truthy(await kept.read(0))
  writeFileSync(join(disk, 'others'), noise(200_000, 'others'))
  const found: (boolean | undefined)[] = []
  for (let frame = 1; frame < 20; frame++) keep(frame)
  for (let frame = 0; frame < 20; frame++) found.push(await readLast(kept, frame))
  t.true(found[0])
  t.false(found.includes(false))
  t.true(found.includes(undefined))
  await t.notThrowsAsync(kept.close())
})

onMountable(`kept frames: the spool leaves room for what is restored ${WHERE_MOUNTABLE}`, async (t) => {
  const disk = smallDisk(t, temporaryFolder(t), 'size=256k')
  const spool = new FrameSpool({path: join(disk, 'frames'), reservedBytes: 240_000})
  t.is(await spool.write(Promise.resolve(noise(LENGTH, 1)), LENGTH), 0)
  t.is(await spool.write(Promise.resolve(noise(LENGTH, 2)), LENGTH), undefined)
  await spool.close()
})
