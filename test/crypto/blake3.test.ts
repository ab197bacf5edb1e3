import test from 'ava'
import fc from 'fast-check'
import {createBlake3With, createHasher, deriveKey, hash} from '../../src/crypto/blake3.js'
import {toHex} from '../../src/util/bytes.js'

/** From the official test_vectors.json of BLAKE3: the first 32 bytes of each output. */
const KEY = Buffer.from('whats the Elvish word for friend', 'ascii')
const CONTEXT = 'BLAKE3 2019-12-27 16:29:52 test vectors context'
const VECTORS: readonly [length: number, hash: string, keyed: string, derived: string][] = [
  [
    0,
    'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26',
    '2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d',
  ],
  [
    1,
    '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
    '6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b',
    'b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c',
  ],
  [
    1023,
    '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11',
    'c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e',
    '74a16c1c3d44368a86e1ca6df64be6a2f64cce8f09220787450722d85725dea5',
  ],
  [
    1024,
    '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
    '75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4',
    '7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706',
  ],
  [
    1025,
    'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
    '357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69',
    'effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb',
  ],
  [
    2049,
    '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030',
    '9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5',
    '2ea477c5515cc3dd606512ee72bb3e0e758cfae7232826f35fb98ca1bcbdf273',
  ],
  [
    8193,
    'bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b',
    '954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5',
    'af1e0346e389b17c23200270a64aa4e1ead98c61695d917de7d5b00491c9b0f1',
  ],
  [
    102400,
    'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
    '1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7',
    '4652cff7a3f385a6103b5c260fc1593e13c778dbe608efb092fe7ee69df6e9c6',
  ],
]

for (const name of ['native', 'portable'] as const) {
  const library = createBlake3With(name)

  test(`blake3 (${name}): gives the official vectors in all three modes`, (t) => {
    for (const [length, plain, keyed, derived] of VECTORS) {
      const input = inputOf(length)
      t.is(toHex(library.hash(input)), plain, `hash of ${length} bytes`)
      t.is(toHex(library.createHasher().update(input).digest()), plain, `hasher over ${length} bytes`)
      t.is(toHex(library.createHasher(KEY).update(input).digest()), keyed, `keyed hash of ${length} bytes`)
      t.is(toHex(library.deriveKey(CONTEXT, input)), derived, `derived key from ${length} bytes`)
    }
  })

  test(`blake3 (${name}): a reset forgets the bytes and keeps the key`, (t) => {
    const hasher = library.createHasher(KEY)
    hasher.update(inputOf(5000)).digest()
    hasher.reset()
    t.is(toHex(hasher.update(inputOf(1025)).digest()), VECTORS[4][2])
  })

  test(`blake3 (${name}): a digest ends nothing, more bytes may follow`, (t) => {
    const hasher = library.createHasher()
    hasher.update(inputOf(1024))
    t.is(toHex(hasher.digest()), VECTORS[3][1])
    t.is(toHex(hasher.digest()), VECTORS[3][1])
    t.is(toHex(hasher.update(inputOf(1025).subarray(1024)).digest()), VECTORS[4][1])
  })

  test(`blake3 (${name}): takes only part of a larger buffer when given a view of it`, (t) => {
    const whole = new Uint8Array(4096).fill(0xff)
    whole.set(inputOf(1023), 1000)
    t.is(toHex(library.hash(whole.subarray(1000, 2023))), VECTORS[2][1])
    t.is(toHex(library.createHasher().update(whole.subarray(1000, 2023)).digest()), VECTORS[2][1])
  })

  test(`blake3 (${name}): refuses a key that is not 32 bytes instead of ending the process`, (t) => {
    for (const length of [0, 31, 33]) t.throws(() => library.createHasher(new Uint8Array(length)), {instanceOf: TypeError})
  })

  test(`blake3 (${name}): later changes to the bytes of the key change nothing`, (t) => {
    const key = Uint8Array.from(KEY)
    const hasher = library.createHasher(key)
    key.fill(0)
    hasher.reset()
    t.is(toHex(hasher.update(inputOf(1)).digest()), VECTORS[1][2])
  })
}

test('blake3: native and portable agree however the bytes are sliced', (t) => {
  const native = createBlake3With('native')
  const portable = createBlake3With('portable')
  const slices = fc.array(fc.uint8Array({maxLength: 3000}), {maxLength: 5})
  fc.assert(
    fc.property(slices, fc.option(fc.uint8Array({minLength: 32, maxLength: 32}), {nil: undefined}), (parts, key) => {
      const whole = Buffer.concat(parts)
      const expected = toHex(native.createHasher(key).update(whole).digest())
      const hasher = portable.createHasher(key)
      for (const part of parts) hasher.update(part)
      t.is(toHex(hasher.digest()), expected)
      const sliced = native.createHasher(key)
      for (const part of parts) sliced.update(part)
      t.is(toHex(sliced.digest()), expected)
    }),
    {numRuns: 60},
  )
})

test('blake3: native and portable derive the same keys, also for contexts beyond ASCII', (t) => {
  const [native, portable] = [createBlake3With('native'), createBlake3With('portable')]
  const material = fc.uint8Array({maxLength: 200})
  fc.assert(
    fc.property(fc.string({unit: 'grapheme', maxLength: 40}), material, (context, bytes) => {
      t.is(toHex(native.deriveKey(context, bytes)), toHex(portable.deriveKey(context, bytes)))
    }),
    {numRuns: 60},
  )
})

test('blake3: the exported functions use one of the libraries', (t) => {
  t.is(toHex(hash(inputOf(1))), VECTORS[1][1])
  t.is(toHex(createHasher(KEY).update(inputOf(1)).digest()), VECTORS[1][2])
  t.is(toHex(deriveKey(CONTEXT, inputOf(1))), VECTORS[1][3])
})

function inputOf(length: number): Uint8Array {
  return Uint8Array.from({length}, (_, index) => index % 251)
}
