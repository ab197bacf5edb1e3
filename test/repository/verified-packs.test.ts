import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {hash} from '../../src/crypto/blake3.js'
import type {ObjectId} from '../../src/id.js'
import {VerifiedPacks} from '../../src/repository/verified-packs.js'
import {toHex} from '../../src/util/bytes.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const idOf = (number: number): ObjectId => toHex(hash(Buffer.from(String(number)))) as ObjectId
const NOW = 1_800_000_000_000

test('verified packs: what is noted is there the next time, to the second, and small', async (t) => {
  const folder = join(temporaryFolder(t), 'cache')
  const first = await VerifiedPacks.load(folder)
  for (let number = 0; number < 100; number++) first.note(idOf(number), NOW + number * 1000 + 7)
  await first.save()
  const second = await VerifiedPacks.load(folder)
  t.is(second.size, 100)
  for (let number = 0; number < 100; number++) t.is(second.lastMs(idOf(number), NOW * 2), NOW + number * 1000)
  t.is(second.lastMs(idOf(100), NOW * 2), undefined)
  t.deepEqual(readdirSync(folder), ['verified-packs'])
  t.true(readFileSync(join(folder, 'verified-packs')).length < 3700)
})

test('verified packs: packs that are gone or damaged leave it, and two who write at once keep each other', async (t) => {
  const folder = temporaryFolder(t)
  const [one, other] = [await VerifiedPacks.load(folder), await VerifiedPacks.load(folder)]
  for (const number of [1, 2, 3]) one.note(idOf(number), NOW)
  await one.save()
  other.note(idOf(4), NOW)
  await other.save()
  one.drop(idOf(1))
  one.retain((id) => id !== idOf(2))
  await one.save()
  const left = await VerifiedPacks.load(folder)
  t.deepEqual(
    [1, 2, 3, 4].filter((number) => left.lastMs(idOf(number), NOW) !== undefined),
    [3, 4],
  )
})

test('verified packs: a damaged file is as none, and is written over', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'verified-packs')
  const packs = await VerifiedPacks.load(folder)
  packs.note(idOf(1), NOW)
  await packs.save()
  const bytes = readFileSync(path)
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length))
    t.is((await VerifiedPacks.load(folder)).size, 0)
    const flipped = Buffer.from(bytes)
    flipped[length] ^= 1
    writeFileSync(path, flipped)
    t.is((await VerifiedPacks.load(folder)).size, 0)
  }
  const again = await VerifiedPacks.load(folder)
  again.note(idOf(2), NOW)
  await again.save()
  t.is((await VerifiedPacks.load(folder)).size, 1)
})

test('verified packs: what lies in the future was never verified, and without a folder nothing is kept', async (t) => {
  const packs = await VerifiedPacks.load(undefined)
  packs.note(idOf(1), NOW)
  await packs.save()
  t.is(packs.lastMs(idOf(1), NOW), NOW)
  t.is(packs.lastMs(idOf(1), NOW - 1000), undefined)
  t.is((await VerifiedPacks.load(undefined)).size, 0)
})
