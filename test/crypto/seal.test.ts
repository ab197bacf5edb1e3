import test from 'ava'
import fc from 'fast-check'
import {open, seal, TAG_BYTES} from '../../src/crypto/seal.js'
import {fromHex, toHex} from '../../src/util/bytes.js'

const KEY = new Uint8Array(32).fill(3)
const AAD = Buffer.from('head, repository, counter')
const NOTHING = new Uint8Array(0)

test('seal: gives the published vectors of AES-256-GCM', (t) => {
  // Test cases 13 and 14 of McGrew and Viega, "The Galois/Counter Mode of Operation": key and nonce all zeros.
  const zeros = new Uint8Array(32)
  t.is(toHex(seal(zeros, 0, NOTHING, NOTHING)), '530f8afbc74536b9a963b4f1c4cb738b')
  t.is(toHex(seal(zeros, 0, NOTHING, new Uint8Array(16))), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919')
})

test('seal: the nonce ends with the counter as a big-endian number', async (t) => {
  const {createDecipheriv} = await import('node:crypto')
  const sealed = seal(KEY, 0x01020304, AAD, Buffer.from('piece'))
  const decipher = createDecipheriv('aes-256-gcm', KEY, fromHex('000000000000000001020304'))
  decipher.setAAD(AAD).setAuthTag(sealed.subarray(-TAG_BYTES))
  t.is(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString(), 'piece')
})

test('seal: what was sealed is opened with the same key, counter and associated data', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 500}), fc.nat(0xffff_ffff), fc.uint8Array({maxLength: 80}), (plain, counter, aad) => {
      const sealed = seal(KEY, counter, aad, plain)
      t.is(sealed.length, plain.length + TAG_BYTES)
      t.deepEqual([...open(KEY, counter, aad, sealed)], [...plain])
    }),
  )
})

test('seal: the highest counter is that of the directory', (t) => {
  const sealed = seal(KEY, 0xffff_ffff, AAD, Buffer.from('directory'))
  t.is(open(KEY, 0xffff_ffff, AAD, sealed).toString(), 'directory')
})

test('open: one bit changed anywhere is authentication-failed', (t) => {
  const sealed = seal(KEY, 7, AAD, Buffer.from('sixteen bytes or so'))
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Uint8Array.from(sealed)
    changed[bit >> 3] ^= 1 << (bit & 7)
    t.throws(() => open(KEY, 7, AAD, changed), {code: 'authentication-failed'})
  }
})

test('open: another key, counter or associated data is authentication-failed', (t) => {
  const sealed = seal(KEY, 7, AAD, Buffer.from('plain'))
  t.throws(() => open(new Uint8Array(32), 7, AAD, sealed), {code: 'authentication-failed'})
  t.throws(() => open(KEY, 8, AAD, sealed), {code: 'authentication-failed'})
  t.throws(() => open(KEY, 7, NOTHING, sealed), {code: 'authentication-failed'})
})

test('open: bytes cut short or made longer are authentication-failed', (t) => {
  const sealed = seal(KEY, 7, AAD, Buffer.from('plain'))
  for (let length = 0; length < sealed.length; length++) {
    t.throws(() => open(KEY, 7, AAD, sealed.subarray(0, length)), {code: 'authentication-failed'})
  }
  t.throws(() => open(KEY, 7, AAD, Buffer.concat([sealed, Buffer.alloc(1)])), {code: 'authentication-failed'})
})

test('seal: a counter that does not fit 32 bits is refused, so that no nonce repeats', (t) => {
  for (const counter of [-1, 0.5, 2 ** 32, Number.NaN]) {
    t.throws(() => seal(KEY, counter, AAD, NOTHING), {instanceOf: RangeError})
  }
})
