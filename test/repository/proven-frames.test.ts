import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {hash} from '../../src/crypto/blake3.js'
import type {ObjectId} from '../../src/id.js'
import {type FrameName, ProvenFrames} from '../../src/repository/proven-frames.js'
import {toHex} from '../../src/util/bytes.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const idOf = (number: number): ObjectId => toHex(hash(Buffer.from(String(number)))) as ObjectId
const frameOf = (pack: number, ordinal: number): FrameName => ({pack: {id: idOf(pack)}, ordinal, storedLength: 1000 + ordinal})
const NOW = 1_800_000_000_000
const always = (): boolean => true

test('proven frames: what is noted is there the next time, with its bytes, and small', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'proven')
  const first = await ProvenFrames.load(path)
  for (let ordinal = 0; ordinal < 100; ordinal++) first.note(frameOf(1, ordinal), NOW + ordinal * 1000 + 7)
  first.retain(always, 2 ** 40)
  await first.save()
  const second = await ProvenFrames.load(path)
  t.is(second.totalBytes, 2 ** 40)
  for (let ordinal = 0; ordinal < 100; ordinal++) t.is(second.lastMs(frameOf(1, ordinal), NOW * 2), NOW + ordinal * 1000)
  t.is(second.lastMs(frameOf(1, 100), NOW * 2), undefined)
  t.is(second.lastMs(frameOf(1, 5), NOW), undefined, 'a clock that was wrong')
  t.is(second.provenBytes(NOW + 90_000, NOW * 2), 10 * 1000 + 90 + 91 + 92 + 93 + 94 + 95 + 96 + 97 + 98 + 99)
  t.is(second.provenBytes(NOW, NOW + 1000), 1000 + 1001)
  t.deepEqual(readdirSync(folder), ['proven'])
  t.true(readFileSync(path).length < 1300)
})

test('proven frames: packs that are gone and frames that were damaged leave it, and two who write at once keep each other', async (t) => {
  const path = join(temporaryFolder(t), 'proven')
  const [one, other] = [await ProvenFrames.load(path), await ProvenFrames.load(path)]
  for (const pack of [1, 2, 3]) one.note(frameOf(pack, 0), NOW)
  await one.save()
  other.note(frameOf(4, 0), NOW)
  await other.save()
  one.drop(frameOf(1, 0))
  one.retain((id) => id !== idOf(2), 5000)
  await one.save()
  const left = await ProvenFrames.load(path)
  t.deepEqual(
    [1, 2, 3, 4].filter((pack) => left.lastMs(frameOf(pack, 0), NOW) !== undefined),
    [3, 4],
  )
})

test('proven frames: a damaged file is as none, and is written over', async (t) => {
  const path = join(temporaryFolder(t), 'proven')
  const frames = await ProvenFrames.load(path)
  frames.note(frameOf(1, 0), NOW)
  await frames.save()
  const bytes = readFileSync(path)
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length))
    t.is((await ProvenFrames.load(path)).provenBytes(0, NOW), 0)
    const flipped = Buffer.from(bytes)
    flipped[length] ^= 1
    writeFileSync(path, flipped)
    t.is((await ProvenFrames.load(path)).provenBytes(0, NOW), 0)
  }
  const again = await ProvenFrames.load(path)
  again.note(frameOf(2, 0), NOW)
  await again.save()
  t.is((await ProvenFrames.load(path)).provenBytes(0, NOW), 1000)
})
