/** Every repository that a released format has written is read for ever. */
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {hasNanosecondTimes} from '../../src/filesystem/native.js'
import {
  listEntries,
  listForgottenSnapshots,
  listSnapshots,
  openRepository,
  pruneRepository,
  restoreSnapshot,
  type Secret,
  takeSnapshot,
  undeleteSnapshots,
} from '../../src/index.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {GOLDEN_FOLDER, GOLDEN_KEY, GOLDEN_PASSWORD} from './golden-secrets.js'
import {describeTree, type ExpectedRepository} from './restored.js'

const MAX_BYTES = 300_000
/** Times are written down to the nanosecond. */
const exact = hasNanosecondTimes() ? test : test.skip

const names = readdirSync(GOLDEN_FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length))

function expectedOf(name: string): ExpectedRepository {
  return JSON.parse(readFileSync(join(GOLDEN_FOLDER, `${name}.json`), 'utf8')) as ExpectedRepository
}

function secretOf(name: string): Secret {
  return name.endsWith('-unencrypted') ? {type: 'none'} : GOLDEN_KEY
}

/** A copy, so that nothing is ever written beside the sources. */
function copyOf(t: Parameters<typeof temporaryFolder>[0], name: string): {location: string; folder: string} {
  const folder = temporaryFolder(t)
  const location = join(folder, 'repository')
  cpSync(join(GOLDEN_FOLDER, name), location, {recursive: true})
  return {location, folder}
}

test('golden: there is a repository of each kind', (t) => {
  for (const version of ['v1', 'v2'])
    t.true(names.includes(`${version}-encrypted`) && names.includes(`${version}-unencrypted`), names.join())
})

for (const name of names) {
  exact(`golden ${name}: lists and restores as it was written`, async (t) => {
    const {location, folder} = copyOf(t, name)
    const expected = expectedOf(name)
    const repository = await openRepository({location, secret: secretOf(name), onWarning: (error) => t.fail(error.message)})
    t.is(repository.id, expected.repositoryId)
    const listed = await listSnapshots(repository)
    t.deepEqual(
      listed.map(({id, timeNs, host, user, base, tags, excludes, parent}) => ({
        id: id as string,
        timeNs: String(timeNs),
        host,
        user,
        base,
        tags,
        excludes,
        parent,
      })),
      expected.snapshots.map(({tree: _tree, ...snapshot}) => ({...snapshot, parent: snapshot.parent as never})),
    )
    for (const {id, tree} of expected.snapshots) {
      const target = join(folder, id)
      const {failed} = await restoreSnapshot(repository, {reference: id, target})
      t.is(failed, 0)
      t.deepEqual(describeTree(target), tree)
      let count = 0
      for await (const {path} of listEntries(repository, {reference: id, recursive: true})) count += path === '' ? 0 : 1
      t.is(count, tree.entries.length - 1 + tree.many.count)
    }
    await repository.close()
  })

  exact(`golden ${name}: what was forgotten comes back, and everything restores after a prune`, async (t) => {
    const {location, folder} = copyOf(t, name)
    const {snapshots, forgotten = []} = expectedOf(name)
    const repository = await openRepository({location, secret: secretOf(name), onWarning: (error) => t.fail(error.message)})
    t.deepEqual(
      (await listForgottenSnapshots(repository)).map(({id}) => id as string),
      forgotten.map(({id}) => id),
    )
    if (forgotten.length > 0) {
      await undeleteSnapshots(
        repository,
        forgotten.map(({id}) => id),
      )
    }
    await pruneRepository(repository, {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}})
    for (const {id, tree} of [...snapshots, ...forgotten]) {
      const target = join(folder, id)
      t.is((await restoreSnapshot(repository, {reference: id, target})).failed, 0)
      t.deepEqual(describeTree(target), tree)
    }
    await repository.close()
  })

  exact(`golden ${name}: takes further snapshots, and stores nothing that it has`, async (t) => {
    const {location, folder} = copyOf(t, name)
    const expected = expectedOf(name)
    const cacheDirectory = join(folder, 'cache')
    const repository = await openRepository({location, secret: secretOf(name), cacheDirectory})
    const {id, tree} = expected.snapshots[0]
    const source = join(folder, 'source')
    await restoreSnapshot(repository, {reference: id, target: source})
    const {summary} = await takeSnapshot(repository, {paths: [source]})
    // Pages hold inodes and times of change, which are others here; content is content.
    const treeBytes = summary.bytesAdded
    t.true(treeBytes < 1_500_000 && summary.bytesRead > 5_000_000, `${treeBytes} bytes new of ${summary.bytesRead}`)
    mkdirSync(join(source, 'new'))
    writeFileSync(join(source, 'new', 'file'), 'new')
    await takeSnapshot(repository, {paths: [source]})
    for (const [reference, expectation] of [
      ['latest', describeTree(source)],
      [id, tree],
    ] as const) {
      const target = join(folder, reference)
      await restoreSnapshot(repository, {reference, target})
      t.deepEqual(describeTree(target), expectation)
    }
    await repository.close()
  })

  test(`golden ${name}: is small enough to be kept for ever`, (t) => {
    const files = readdirSync(join(GOLDEN_FOLDER, name), {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
    const bytes = files.reduce((sum, {parentPath, name: file}) => sum + statSync(join(parentPath, file)).size, 0)
    t.true(bytes < MAX_BYTES, `${bytes} bytes`)
    t.true(existsSync(join(GOLDEN_FOLDER, name, 'config')))
  })

  if (name.endsWith('-encrypted')) {
    test(`golden ${name}: opens by its password`, async (t) => {
      const {location} = copyOf(t, name)
      const repository = await openRepository({location, secret: GOLDEN_PASSWORD})
      t.is(repository.id, expectedOf(name).repositoryId)
      await repository.close()
    })
  }
}
