import test from 'ava'
import fc from 'fast-check'
import {HEAD_BYTES, KIND, SUITE} from '../../src/format/head.js'
import {createSeal, DIRECTORY_PIECE, openSeal, sealOverhead} from '../../src/repository/sealing.js'
import {concatBytes} from '../../src/util/bytes.js'
import {noise, SEALED, UNSEALED} from './material.js'

const refused = {code: 'authentication-failed'}

test('sealing: what was sealed is opened again, by its head, and only under its own counter', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 200}), fc.nat(1000), (plain, counter) => {
      const made = createSeal(SEALED, KIND.dataPack)
      const sealed = concatBytes(made.seal(counter, plain))
      t.is(sealed.length, plain.length + sealOverhead(SEALED))
      const seal = openSeal(SEALED, made.head, KIND.dataPack)
      t.deepEqual(Uint8Array.from(seal.open(counter, sealed)), plain)
      t.like(
        t.throws(() => seal.open(counter + 1, sealed)),
        refused,
      )
      t.like(
        t.throws(() => seal.open(DIRECTORY_PIECE, sealed)),
        refused,
      )
    }),
    {numRuns: 50},
  )
})

test('sealing: each object has a key of its own, so the same piece never looks the same', (t) => {
  const piece = noise(100, 1)
  const [one, other] = [createSeal(SEALED, KIND.index), createSeal(SEALED, KIND.index)]
  t.notDeepEqual(one.head, other.head)
  t.notDeepEqual(concatBytes(one.seal(0, piece)), concatBytes(other.seal(0, piece)))
  t.notDeepEqual(concatBytes(one.seal(0, piece)), concatBytes(one.seal(1, piece)))
})

test("sealing: a head of another kind, or of another suite than the repository's, is refused", (t) => {
  const sealed = createSeal(SEALED, KIND.index)
  const open = createSeal(UNSEALED, KIND.index)
  t.like(
    t.throws(() => openSeal(SEALED, sealed.head, KIND.snapshot)),
    refused,
  )
  t.like(
    t.throws(() => openSeal(SEALED, open.head, KIND.index)),
    refused,
  )
  t.like(
    t.throws(() => openSeal(UNSEALED, sealed.head, KIND.index)),
    refused,
  )
})

test('sealing: a bit of the head, the piece, the key or the repository makes it another object', (t) => {
  const made = createSeal(SEALED, KIND.index)
  const sealed = concatBytes(made.seal(0, noise(100, 1)))
  for (const at of [0, 50, sealed.length - 1]) {
    const bytes = sealed.slice()
    bytes[at] ^= 1
    t.like(
      t.throws(() => openSeal(SEALED, made.head, KIND.index).open(0, bytes)),
      refused,
    )
  }
  const head = made.head.slice()
  head[HEAD_BYTES - 1] ^= 1
  t.like(
    t.throws(() => openSeal(SEALED, head, KIND.index).open(0, sealed)),
    refused,
  )
  for (const context of [
    {...SEALED, sealingKey: noise(32, 1)},
    {...SEALED, repositoryId: noise(32, 1)},
  ]) {
    t.like(
      t.throws(() => openSeal(context, made.head, KIND.index).open(0, sealed)),
      refused,
    )
  }
})

test('sealing: without encryption a piece is stored as it is, and no two heads are the same', (t) => {
  const seal = createSeal(UNSEALED, KIND.dataPack)
  t.deepEqual(concatBytes(seal.seal(3, noise(100, 1))), noise(100, 1))
  t.deepEqual(seal.open(3, noise(100, 1)), noise(100, 1))
  t.is(sealOverhead(UNSEALED), 0)
  t.notDeepEqual(seal.head, createSeal(UNSEALED, KIND.dataPack).head)
  t.is(seal.head[6], SUITE.none)
})
