import test from 'ava'
import {type ChunkList, decodeChunkList, encodeChunkList} from '../../src/format/chunk-list.js'
import {decodeMap, encodeMap} from '../../src/format/msgpack.js'
import {exampleChunkList, exampleUpperChunkList} from './examples.js'

test('chunk list: one of content does not repeat the lengths', (t) => {
  t.false('bytes' in decodeMap(encodeChunkList(exampleChunkList), 'damaged-tree'))
  t.true('bytes' in decodeMap(encodeChunkList(exampleUpperChunkList), 'damaged-tree'))
  t.deepEqual(decodeChunkList(encodeChunkList(exampleChunkList)).contentLengths, exampleChunkList.contentLengths)
})

test('chunk list: content of more than 2^53 bytes is counted exactly', (t) => {
  const list = {...exampleUpperChunkList, contentLengths: BigUint64Array.of(2n ** 64n - 1n)}
  t.is(decodeChunkList(encodeChunkList(list)).contentLengths[0], 2n ** 64n - 1n)
})

const wrong: [what: string, list: ChunkList][] = [
  ['level 0', {...exampleChunkList, level: 0}],
  ['level 9', {...exampleChunkList, level: 9}],
  ['no references', {level: 1, ids: new Uint8Array(0), lengths: new Uint32Array(0), contentLengths: new BigUint64Array(0)}],
  ['half an id', {...exampleChunkList, ids: new Uint8Array(48)}],
  ['a length too many', {...exampleChunkList, lengths: Uint32Array.of(1, 2, 3)}],
  ['an empty chunk', {...exampleUpperChunkList, lengths: Uint32Array.of(0)}],
  ['content that is not as long as its chunk', {...exampleChunkList, contentLengths: BigUint64Array.of(1n, 40_000n)}],
  ['a content length too few', {...exampleUpperChunkList, contentLengths: new BigUint64Array(0)}],
]

for (const [what, list] of wrong) {
  test(`chunk list: ${what} cannot be written`, (t) => {
    t.throws(() => encodeChunkList(list), {code: 'damaged-tree'})
  })
}

test('chunk list: ids that are no whole ids are damaged-tree, however short', (t) => {
  const map = decodeMap(encodeChunkList(exampleUpperChunkList), 'damaged-tree')
  for (const length of [1, 4, 8, 16, 31, 33]) {
    for (const lengths of [0, 1, 2, 4]) {
      const change = {ids: new Uint8Array(length), lengths: new Uint8Array(lengths), bytes: new Uint8Array(lengths * 2)}
      t.throws(() => decodeChunkList(encodeMap({...map, ...change})), {code: 'damaged-tree'})
    }
  }
})

test('chunk list: one of a later version is format-too-new', (t) => {
  const map = decodeMap(encodeChunkList(exampleChunkList), 'damaged-tree')
  t.throws(() => decodeChunkList(encodeMap({...map, list: 2})), {code: 'format-too-new'})
})

test('chunk list: a page of a tree is no chunk list', async (t) => {
  const {decodeTreePage, encodeBranch} = await import('../../src/format/tree.js')
  const {exampleBranch} = await import('./examples.js')
  t.throws(() => decodeChunkList(encodeBranch(exampleBranch)), {code: 'damaged-tree'})
  t.throws(() => decodeTreePage(encodeChunkList(exampleChunkList)), {code: 'damaged-tree'})
})
