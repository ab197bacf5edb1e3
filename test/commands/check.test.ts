/** `pocket check` as a person and a program see it. */
import {readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {replaceFile} from '../operations/content.js'
import {createHome, createSnapshot, type Home, parseLines} from './run-pocket.js'

const FILES = {'a.txt': 'one\n', 'sub/c.txt': 'three\n'}

/** The paths of packs; of a repository of a few files the larger one holds the tree. */
async function findPacks(repository: string): Promise<string[]> {
  const entries = await readdir(join(repository, 'chunks'), {recursive: true, withFileTypes: true})
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function findDataPack(home: Home, repository: string): Promise<string> {
  const [{objects}] = await home.json(['objects', '--repository', repository])
  const {name} = (objects as {name: string; kind: string}[]).find(({kind}) => kind === 'data_pack')!
  return join(repository, name)
}

test.serial('check: says what it looked at, and that nothing is wrong', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const {stdout, stderr} = await home.succeed(['check', '--repository', repository])
  t.regex(stdout, /^checked 1 snapshot, 2 directories, 2 files in .*\nfound {3}2 packs \(\S+ \S+\)\nno damage was found\n$/)
  t.is(stderr, '')
  const {stdout: read} = await home.succeed(['check', '--repository', repository, '--read-data'])
  t.regex(read, /\nread {4}2 packs \(\S+ \S+\)\n {8}verified longest ago: \d s\nno damage/)
  t.is((await home.succeed(['check', '--repository', repository, '--quiet'])).stdout, '')
  const lines = await home.json(['check', '--repository', repository, '--read-data'])
  t.like(lines.at(-1), {type: 'summary', snapshots: 1, files: 2, packs: 2, damaged_objects: 0, damaged_paths: 0, traffic: null})
  t.is(lines.at(-1)?.read_bytes, lines.at(-1)?.stored_bytes)
})

test.serial('check: names what is damaged, what that costs and what to do, and ends with 4', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  const pack = await findDataPack(home, repository)
  const bytes = await readFile(pack)
  // The first byte of the first chunk, and the last of the second.
  for (const at of [40, 49]) bytes[at] ^= 1
  replaceFile(pack, bytes)
  t.is((await home.run(['check', '--repository', repository])).code, 0)
  const {code, stdout, stderr} = await home.run(['check', '--repository', repository, '--read-data'])
  t.is(code, 4)
  t.regex(stdout, /^checked 1 snapshot/)
  t.regex(stderr, /^pocket: damaged: pack '[0-9a-f]{8}' is not as it was written: 2 of its 2 chunks cannot be read\n/)
  for (const path of ['a.txt', 'sub/c.txt']) t.true(stderr.includes(`pocket: '${join(source, path)}' in snapshot `), stderr)
  t.regex(stderr, /\nhint: .*'pocket repair packs'/)
  t.regex(stderr, /\npocket: 1 damaged object; 2 files or folders in 1 of 1 snapshot cannot be restored\n$/)
  const json = await home.run(['check', '--repository', repository, '--read-data', '--json'])
  t.is(json.code, 4)
  const types = parseLines(json.stdout).map(({type}) => type as string)
  t.deepEqual([...new Set(types)], ['progress', 'damaged_object', 'damaged_path', 'summary'])
})

test.serial('check: flags that cannot be are refused, and a part may be read', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const both = await home.run(['check', '--repository', repository, '--read-data', '--read-data-subset', '5%'])
  t.is(both.code, 2)
  t.is((await home.run(['check', '--repository', repository, '--read-data-subset', 'half'])).code, 2)
  const read = await Promise.all(
    ['1/2', '2/2'].map(
      async (part) => (await home.json(['check', '--repository', repository, '--read-data-subset', part])).at(-1)?.read_bytes,
    ),
  )
  const [{stored_bytes: all}] = (await home.json(['check', '--repository', repository])).slice(-1)
  t.is(read[0] + read[1], all)
})

test.serial('check: what is gone is stored anew by the next snapshot', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  for (const pack of await findPacks(repository)) await rm(pack)
  t.is((await home.run(['check', '--repository', repository])).code, 4)
  await home.run(['snapshot', '--repository', repository, source])
  t.is((await home.run(['check', '--repository', repository, '--read-data'])).code, 0)
})
