import {readFileSync} from 'node:fs'
import test from 'ava'
import {decodeChunkList, encodeChunkList} from '../../src/format/chunk-list.js'
import {decodeConfig, encodeConfig} from '../../src/format/config.js'
import {decodeDirectory, encodeDirectory} from '../../src/format/directory.js'
import {decodeHead, encodeHead} from '../../src/format/head.js'
import {decodeIndex, encodeIndex} from '../../src/format/index-record.js'
import {decodeKey, encodeKey} from '../../src/format/key.js'
import {decodeForgotten, encodeForgotten} from '../../src/format/forgotten-record.js'
import {decodeRemoval, encodeRemoval} from '../../src/format/removal-record.js'
import {decodeSnapshot, encodeSnapshot} from '../../src/format/snapshot-record.js'
import {decodeTreePage, encodeBranch, encodeTreePage} from '../../src/format/tree.js'
import {buildRepository, FILE_CONTENT, FILE_NAME, KEY_FILE} from './example-repository.js'
import * as example from './examples.js'
import {plain} from './plain.js'
import {Stranger} from './stranger.js'

const PAGE = readFileSync(new URL('../../../docs/repository-format.md', import.meta.url), 'utf8')
const blocks = hexBlocks(PAGE)
const documented = new Map([...blocks].filter(([name]) => name === 'config' || name.includes('/')))

/** What docstrings in src/ quote as headings of the page. */
const NAMED_IN_SOURCES = [
  'Object head',
  'Sealed pieces',
  'config',
  'Key object',
  'Pack directory',
  'Index object',
  'References',
  'Tree page',
  'Totals',
  'Chunk list',
  'Splitting',
  'Snapshot object',
  'Forgotten object',
  'Removal object',
  'Removals',
  'MessagePack',
  'Objects',
  'Keys',
  'Packs',
  'Records',
  'Names',
]

const records: [name: string, value: unknown, decode: (bytes: Uint8Array) => unknown, encode: () => Uint8Array][] = [
  ['head', example.exampleHead, decodeHead, () => encodeHead(example.exampleHead)],
  ['config', example.exampleConfig, (bytes) => decodeConfig(bytes).config, encodeExampleConfig],
  ['plain-config', example.examplePlainConfig, (bytes) => decodeConfig(bytes).config, () => encodeConfig(example.examplePlainConfig)],
  ['key', example.exampleKey, decodeKey, () => encodeKey(example.exampleKey)],
  ['directory', example.exampleDirectory, decodeDirectory, () => encodeDirectory(example.exampleDirectory)],
  ['index', example.exampleIndex, decodeIndex, () => encodeIndex(example.exampleIndex)],
  ['tree-page', {level: 0, table: example.exampleTable}, decodeTreePage, () => encodeTreePage(example.exampleTable)],
  ['branch', example.exampleBranch, decodeTreePage, () => encodeBranch(example.exampleBranch)],
  ['chunk-list', example.exampleChunkList, decodeChunkList, () => encodeChunkList(example.exampleChunkList)],
  ['upper-chunk-list', example.exampleUpperChunkList, decodeChunkList, () => encodeChunkList(example.exampleUpperChunkList)],
  ['snapshot', example.exampleSnapshot, decodeSnapshot, () => encodeSnapshot(example.exampleSnapshot)],
  ['forgotten', example.exampleForgotten, decodeForgotten, () => encodeForgotten(example.exampleForgotten)],
  ['removal', example.exampleRemoval, decodeRemoval, () => encodeRemoval(example.exampleRemoval)],
]

for (const [name, value, decode, encode] of records) {
  test(`documentation: the bytes of '${name}' are what the code writes and reads`, (t) => {
    const bytes = blockOf(name)
    t.deepEqual(plain(decode(bytes)), plain(value))
    t.is(Buffer.from(encode()).toString('hex'), bytes.toString('hex'))
  })
}

test('documentation: every block of bytes is checked by a test', (t) => {
  const checked = new Set([...records.map(([name]) => name), ...documented.keys(), 'derived-keys', 'gear-ends'])
  t.deepEqual(
    [...blocks.keys()].filter((name) => !checked.has(name)),
    [],
  )
  t.is(documented.size, 6)
})

for (const [what, objects] of [
  ['the page', documented],
  ['the code', buffersOf(buildRepository())],
] as const) {
  test(`documentation: a reader that knows the page only restores the file from the repository of ${what}`, (t) => {
    const stranger = new Stranger(objects, KEY_FILE)
    t.deepEqual(stranger.damagedNames(), [])
    t.deepEqual(stranger.paths(), ['/home/ana/hello.txt'])
    const {content, mode, mtimeNs} = stranger.readFile(FILE_NAME)
    t.is(content.toString(), FILE_CONTENT.toString())
    t.is(mode, 0o644)
    t.is(mtimeNs, example.exampleSnapshot.timeNs)
  })
}

test('documentation: derived keys and ends of the gear table are those of the example', (t) => {
  const stranger = new Stranger(documented, KEY_FILE)
  t.is(Buffer.concat(stranger.derivedKeys()).toString('hex'), blockOf('derived-keys').toString('hex'))
  const gear = stranger.gear()
  const ends = blockOf('gear-ends')
  t.deepEqual([ends.readBigUInt64LE(0), ends.readBigUInt64LE(8)], [gear[0], gear[255]])
})

test('documentation: links within the page lead to headings, and the sources name headings that are there', (t) => {
  const headings = [...PAGE.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading)
  const anchors = new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
  for (const [, anchor] of PAGE.matchAll(/\]\(#([\w-]+)\)/g)) t.true(anchors.has(anchor), anchor)
  for (const heading of NAMED_IN_SOURCES) {
    t.true(headings.includes(heading), heading)
  }
})

function encodeExampleConfig(): Uint8Array {
  return encodeConfig(example.exampleConfig, () => blockOf('config').subarray(-32))
}

function blockOf(name: string): Buffer {
  const bytes = blocks.get(name)
  if (bytes === undefined) throw new Error(`the page has no block '${name}'`)
  return bytes
}

/** The blocks of bytes by the name after `hex`; what follows `#` in a line is a comment. */
function hexBlocks(page: string): Map<string, Buffer> {
  const found = [...page.matchAll(/^```hex (\S+)\n(.*?)^```$/gms)]
  return new Map(found.map(([, name, body]) => [name, Buffer.from(body.replace(/#.*$/gm, '').replace(/\s/g, ''), 'hex')]))
}

function buffersOf(objects: ReadonlyMap<string, Uint8Array>): Map<string, Buffer> {
  return new Map([...objects].map(([name, bytes]) => [name, Buffer.from(bytes)]))
}
