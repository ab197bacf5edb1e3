import {scryptSync} from 'node:crypto'
import test from 'ava'
import {checkScryptParameters, derivePasswordKey, newScryptParameters} from '../../src/crypto/password.js'
import {toHex} from '../../src/util/bytes.js'

const CHEAP = {n: 16, r: 1, p: 1, salt: Buffer.from('salt')}

test('password: gives the vectors of RFC 7914, section 12', async (t) => {
  const first = await derivePasswordKey('', {n: 16, r: 1, p: 1, salt: Buffer.from('')})
  t.is(toHex(first), '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442')
  const second = await derivePasswordKey('password', {n: 1024, r: 8, p: 16, salt: Buffer.from('NaCl')})
  t.is(toHex(second), 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162')
})

test('password: the parameters of a new password work, each with a salt of its own', async (t) => {
  const parameters = newScryptParameters()
  t.is(parameters.n, 2 ** 17)
  t.is(parameters.salt.length, 32)
  t.notDeepEqual(parameters.salt, newScryptParameters().salt)
  t.is((await derivePasswordKey('correct horse', parameters)).length, 32)
})

test('password: another password, salt or cost gives another key', async (t) => {
  const variants = await Promise.all([
    derivePasswordKey('a', CHEAP),
    derivePasswordKey('b', CHEAP),
    derivePasswordKey('a', {...CHEAP, salt: Buffer.from('pepper')}),
    derivePasswordKey('a', {...CHEAP, n: 32}),
    derivePasswordKey('a', {...CHEAP, r: 2}),
    derivePasswordKey('a', {...CHEAP, p: 2}),
  ])
  t.is(new Set(variants.map(toHex)).size, variants.length)
})

test('password: an accent typed as one character or two is the same password', async (t) => {
  const composed = await derivePasswordKey('caf\u00e9', CHEAP)
  t.is(toHex(composed), scryptSync(Buffer.from('636166c3a9', 'hex'), 'salt', 32, {N: 16, r: 1, p: 1}).toString('hex'))
  t.deepEqual(await derivePasswordKey('cafe\u0301', CHEAP), composed)
})

test('password: stored parameters that would exhaust memory or time are damaged-key before any work is done', async (t) => {
  const absurd = [
    {n: 2 ** 23, r: 8, p: 1},
    {n: 2 ** 22, r: 8, p: 1},
    {n: 2 ** 20, r: 64, p: 1},
    {n: 2 ** 17, r: 8, p: 17},
    {n: 2 ** 17, r: 65, p: 1},
    {n: 3, r: 8, p: 1},
    {n: 1, r: 8, p: 1},
    {n: 0, r: 8, p: 1},
    {n: 2 ** 17, r: 0, p: 1},
    {n: 2 ** 17, r: 8, p: 0},
    {n: 16.5, r: 8, p: 1},
    {n: Number.NaN, r: 8, p: 1},
    {n: Number.POSITIVE_INFINITY, r: 8, p: 1},
  ]
  for (const {n, r, p} of absurd) {
    const salt = new Uint8Array(32)
    t.throws(() => checkScryptParameters({n, r, p, salt}), {code: 'damaged-key'}, `n=${n} r=${r} p=${p}`)
    await t.throwsAsync(() => derivePasswordKey('x', {n, r, p, salt}), {code: 'damaged-key'})
  }
  t.throws(() => checkScryptParameters({...CHEAP, salt: new Uint8Array(1025)}), {code: 'damaged-key'})
  t.notThrows(() => checkScryptParameters({n: 2 ** 20, r: 8, p: 1, salt: new Uint8Array(32)}))
})
