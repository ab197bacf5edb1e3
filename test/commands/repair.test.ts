/** `pocket repair` as a person and a program see it. */
import {cp, readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {replaceFile} from '../operations/content.js'
import {createHome, createSnapshot, errorOf, type Home, parseLines} from './run-pocket.js'

const FILES = {'a.txt': 'one\n', 'sub/c.txt': 'three\n'}

async function findDataPack(home: Home, repository: string): Promise<string> {
  const [{objects}] = await home.json(['objects', '--repository', repository])
  const {name} = (objects as {name: string; kind: string}[]).find(({kind}) => kind === 'data_pack')!
  return join(repository, name)
}

test.serial('repair: a lost index is made again, as text and as JSON', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  for (const name of await readdir(join(repository, 'index'))) await rm(join(repository, 'index', name))
  const at = ['--repository', repository]
  const {code, stdout} = await home.run(['check', ...at, '--no-cache'])
  t.is(code, 4)
  t.regex(stdout, /'pocket repair index' takes them in/)
  const dry = await home.succeed(['repair', 'index', ...at, '--dry-run'])
  t.regex(dry.stdout, /\ntook in {3}2 packs with \d+ chunks .*\ndry run: nothing was changed\n$/)
  const lines = await home.json(['repair', 'index', ...at])
  t.like(lines.at(-1), {type: 'summary', taken_packs: 2, dropped_packs: 0, unreadable_packs: 0, dry_run: false})
  t.regex((await home.succeed(['repair', 'index', ...at])).stdout, /\nthe index says what is stored\n$/)
  await home.succeed(['check', ...at])
})

test.serial('repair: a damaged pack is salvaged, snapshots get stand-ins, and check is content', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  const at = ['--repository', repository]
  const pack = await findDataPack(home, repository)
  const bytes = await readFile(pack)
  // The first byte of the first chunk, and the last of the second.
  for (const place of [40, 49]) bytes[place] ^= 1
  replaceFile(pack, bytes)
  t.is((await home.run(['check', ...at, '--read-data'])).code, 4)
  const packs = await home.run(['repair', 'packs', ...at])
  t.is(packs.code, 4)
  t.regex(packs.stdout, /^read {5}1 pack in .*: 1 damaged\n/)
  t.regex(packs.stdout, /\nremoved {2}1 damaged pack\n2 files or folders in 1 snapshot cannot be restored/)
  t.true(packs.stderr.includes(`pocket: '${join(source, 'a.txt')}' in snapshot `), packs.stderr)
  const snapshots = await home.run(['repair', 'snapshots', ...at])
  t.is(snapshots.code, 4, 'the damaged one is there still')
  t.regex(snapshots.stdout, /^snapshot [0-9a-f]{8} saved: [0-9a-f]{8} with 2 stand-ins for what is lost\n/)
  const forgotten = await home.json(['repair', 'snapshots', ...at, '--forget'])
  t.like(forgotten.at(-1), {damaged_snapshots: 1, repaired_snapshots: 1, forgotten_snapshots: 1, lost_snapshots: 0})
  t.regex((await home.succeed(['check', ...at, '--read-data'])).stdout, /no damage was found\n$/)
  t.regex(
    (await home.succeed(['restore', 'latest', ...at, '--target', join(home.path, 'out')])).stderr,
    /lost before the snapshot was repaired/,
  )
})

test.serial('repair: --from fetches what is lost from a copy, opened with its own secret or that of the repository', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const at = ['--repository', repository]
  const copy = join(home.path, 'copy')
  await cp(repository, copy, {recursive: true})
  const pack = await findDataPack(home, repository)
  await rm(pack)
  t.is((await home.run(['check', ...at])).code, 4)
  t.regex((await home.succeed(['repair', '--from', copy, ...at, '--dry-run'])).stdout, /\nfetched {3}\d+ lost chunks? .*\ndry run/)
  t.like((await home.json(['repair', 'from', copy, ...at])).at(-1), {type: 'summary', snapshots: 1, missing_chunks: 0})
  await home.succeed(['check', ...at])
  t.regex((await home.succeed(['repair', `--from=${copy}`, ...at])).stdout, /\nnothing is lost\n$/)
  const refused = await home.run(['repair', '--from', join(home.path, 'nowhere'), ...at, '--json'])
  t.like(errorOf(refused), {code: 'repository-missing', exit_code: 10})
})

test.serial('repair: the secret of the other repository comes from its own flags and variables', async (t) => {
  const home = await createHome(t)
  const repository = join(home.path, 'sealed')
  const key = join(home.path, 'key')
  await home.succeed(['init', '--repository', repository, '--generate-key-file', key])
  const {source} = await createSnapshot(home, FILES)
  await home.succeed(['snapshot', '--repository', repository, '--key-file', key, source])
  const copy = join(home.path, 'copy')
  await cp(repository, copy, {recursive: true})
  const at = ['--repository', repository, '--key-file', key]
  for (const more of [[], ['--from-key-file', key]]) {
    t.like((await home.json(['repair', 'from', copy, ...at, ...more])).at(-1), {recovered_chunks: 0})
  }
  const environment = {POCKET_FROM_PASSWORD: 'wrong'}
  const {code, stderr} = await home.run(['repair', 'from', copy, ...at, '--json'], {environment})
  t.deepEqual([code, parseLines(stderr).at(-1)?.code], [12, 'wrong-password'])
  t.is((await home.run(['repair', 'from', copy, ...at, '--from-key-file', key], {environment})).code, 0)
})

test.serial('repair: packs and snapshots that are not there are refused', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const at = ['--repository', repository, '--json']
  t.like(errorOf(await home.run(['repair', 'packs', '0123456789', ...at])), {code: 'usage'})
  t.like(errorOf(await home.run(['repair', 'snapshots', '0123456789', ...at])), {code: 'snapshot-missing'})
  t.is((await home.run(['repair', 'nothing'])).code, 2)
})

test.serial('repair: an empty snapshot object is put back from the cache, or removed with --forget', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await home.succeed(['snapshot', '--repository', repository, '--force', source])
  const at = ['--repository', repository]
  const [name] = await readdir(join(repository, 'snapshots'))
  const path = join(repository, 'snapshots', name)
  replaceFile(path, new Uint8Array(0))
  const prune = await home.run(['prune', ...at, '--no-cache', '--json'])
  t.is(prune.code, 1)
  t.regex(errorOf(prune).hint, /'pocket repair snapshots' puts it back/)
  const dry = await home.run(['repair', 'snapshots', ...at, '--dry-run'])
  t.is(dry.code, 4)
  t.regex(dry.stdout, /\nwould put back 1 snapshot object from the copy of this machine\n/)
  t.regex((await home.succeed(['repair', 'snapshots', ...at])).stdout, /\nput back 1 snapshot object from the copy of this machine\n/)
  await home.succeed(['check', ...at])
  replaceFile(path, new Uint8Array(0))
  const kept = await home.run(['repair', 'snapshots', ...at, '--no-cache'])
  t.is(kept.code, 4)
  t.regex(kept.stdout, /of these nothing is lost\n1 snapshot object cannot be read: --forget removes it\n/)
  const [summary] = (await home.json(['repair', 'snapshots', ...at, '--no-cache', '--forget'])).slice(-1)
  t.like(summary, {put_back_objects: 0, spoilt_objects: 1, removed_objects: 1})
  await home.succeed(['check', ...at])
  await home.succeed(['prune', ...at])
})
