import test from 'ava'
import {COMPRESSION_NAMES, compressionLevel, parseCompressionName} from '../../src/compression/levels.js'

test('levels: each name has the zstd level that the manual promises', (t) => {
  t.deepEqual(
    COMPRESSION_NAMES.map((name) => [name, compressionLevel(name)]),
    [
      ['off', undefined],
      ['fastest', 1],
      ['auto', 3],
      ['better', 9],
      ['max', 19],
    ],
  )
})

test('levels: a name is taken as it is, any other text is usage and names the choices', (t) => {
  t.is(parseCompressionName('better'), 'better')
  for (const text of ['', 'Better', '3', 'constructor', 'toString']) {
    const error = t.throws(() => parseCompressionName(text), {code: 'usage'})
    t.true((error as Error & {hint: string}).hint.includes('off, fastest, auto, better, max'))
  }
})
