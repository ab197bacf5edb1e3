/**
 * Writes a golden repository of each kind, as this version of the program does, and beside it what is in it:
 *
 *     node dist/test/golden/make.js v1
 *
 * makes `test/golden/v1-encrypted/`, `v1-unencrypted/` and their `.json`. Those that are there are kept for ever; none is replaced.
 */
import {chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {createLocalBackend} from '../../src/backend/local.js'
import {
  addKey,
  forgetAll,
  initRepository,
  listSnapshots,
  markSnapshots,
  openRepository,
  pruneRepository,
  type Repository,
  restoreSnapshot,
  takeSnapshot,
} from '../../src/index.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {randomContent} from '../operations/content.js'
import {createSmallPieces} from '../operations/small-pieces.js'
import {GOLDEN_FOLDER, GOLDEN_KEY, GOLDEN_PASSWORD} from './golden-secrets.js'
import {writeFirst, writeSecond} from './golden-tree.js'
import {describeTree, type ExpectedRepository} from './restored.js'

const BASE = '/tmp/pocket-golden'

async function make(name: string, isEncrypted: boolean): Promise<void> {
  const location = join(GOLDEN_FOLDER, name)
  if (existsSync(location)) throw new Error(`${location} is there, and is kept for ever`)
  rmSync(BASE, {recursive: true, force: true})
  const source = join(BASE, 'source')
  mkdirSync(source, {recursive: true})
  const secret = isEncrypted ? GOLDEN_KEY : {type: 'none' as const}
  // Small chunks make chunk lists and several packs of little content; the other one has the sizes that people get.
  if (isEncrypted) await createSmallPieces(await createLocalBackend(location))
  else await initRepository({location, secret})
  const repository = await openRepository({location, secret})
  if (isEncrypted) await addKey(repository, {secret: GOLDEN_PASSWORD, label: 'a password'})
  const common = {paths: [source], host: 'golden', user: 'somebody', workers: 1}
  writeFirst(source)
  await takeSnapshot(repository, {...common, timeNs: 1_700_000_000_000_000_001n, tags: ['first', 'köpfchen']})
  writeSecond(source)
  await takeSnapshot(repository, {...common, timeNs: 1_700_000_001_000_000_002n, excludes: ['/many'], compression: 'off'})
  const forgotten = await removeSome(repository, source)
  writeFileSync(join(GOLDEN_FOLDER, `${name}.json`), `${JSON.stringify({...(await describe(repository)), forgotten}, null, 1)}\n`)
  await repository.close()
  rmSync(join(location, '.tmp'), {recursive: true, force: true})
  makeReadable(location)
}

/** What version 2 adds: packs are removed and written anew, a snapshot is pinned, another forgotten. Gives the forgotten one. */
async function removeSome(repository: Repository, source: string): Promise<ExpectedRepository['snapshots']> {
  writeFileSync(join(source, 'gone.bin'), randomContent(77, 30_000))
  const {id: gone} = await takeSnapshot(repository, {paths: [source], host: 'golden', user: 'somebody', workers: 1})
  await forgetAll(repository, [gone!])
  await pruneRepository(repository, {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}})
  const [first, second] = await loadSnapshots(repository, () => undefined)
  await markSnapshots(repository, [second], {pinned: true, addTags: ['kept']})
  const described = (await describe(repository)).snapshots.filter(({id}) => id === first.id)
  await forgetAll(repository, [first.id])
  return described
}

/** As a checkout has them. */
function makeReadable(location: string): void {
  chmodSync(location, 0o755)
  for (const entry of readdirSync(location, {recursive: true, withFileTypes: true})) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
}

async function describe(repository: Repository): Promise<ExpectedRepository> {
  const snapshots: ExpectedRepository['snapshots'] = []
  for (const {id, timeNs, host, user, base, tags, excludes, parent} of await listSnapshots(repository)) {
    const target = join(BASE, id)
    await restoreSnapshot(repository, {reference: id, target})
    snapshots.push({id, timeNs: String(timeNs), host, user, base, tags, excludes, parent, tree: describeTree(target)})
  }
  return {repositoryId: repository.id, snapshots}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const version = process.argv[2]
  if (!/^v\d+$/.test(version ?? '')) throw new Error('say which version of the format, such as v1')
  await make(`${version}-encrypted`, true)
  await make(`${version}-unencrypted`, false)
}
