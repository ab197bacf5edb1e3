/** The backend dies, or loses an answer, at each call of what changes a repository: everything that must be there is whole, and the command run again succeeds. */
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {loadZstd} from '../../src/compression/zstd.js'
import {isPocketError} from '../../src/errors.js'
import type {ObjectId} from '../../src/id.js'
import {forgetAll} from '../../src/operations/forget-snapshots.js'
import {markSnapshots} from '../../src/operations/mark-snapshots.js'
import {pruneRepository} from '../../src/operations/prune-repository.js'
import {undeleteSnapshots} from '../../src/operations/undelete-snapshots.js'
import type {Repository} from '../../src/repository/repository.js'
import {listSnapshotIds, loadSnapshot, loadSnapshots} from '../../src/repository/snapshot-store.js'
import {type Effect, faultyBackend} from '../backend/fault.js'
import {expectedFiles, readContent, storeContent} from './client.js'
import {changed, type Content} from './content.js'
import {createModelRepository, openModel} from './place.js'
import {Random} from './random.js'

const NOW = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const

interface Scene {
  objects: Map<string, Uint8Array>
  /** By their tag. */
  contents: Map<string, Content>
  ids: Map<string, ObjectId>
}

/** Six snapshots that share much; two of them are forgotten. */
async function prepare(): Promise<Scene> {
  const random = new Random(7)
  const objects = new Map<string, Uint8Array>()
  const backend = createMemoryBackend(objects)
  await createModelRepository(backend, random)
  const scene: Scene = {objects, contents: new Map(), ids: new Map()}
  const repository = await openModel(backend)
  let content: Content = new Map()
  for (let number = 0; number < 6; number++) {
    for (let change = 0; change < 3; change++) content = changed(content, random)
    const tag = `s${number}`
    scene.contents.set(tag, content)
    scene.ids.set(tag, await storeContent(repository, content, tag))
  }
  await forgetAll(repository, [scene.ids.get('s0')!, scene.ids.get('s3')!])
  return scene
}

interface Command {
  name: string
  run: (repository: Repository, scene: Scene) => Promise<unknown>
  /** Snapshots that must be there whatever happens. */
  keeps: readonly string[]
  /** Of these each must be there when the command has succeeded. */
  brings?: readonly string[]
}

const COMMANDS: readonly Command[] = [
  {
    name: 'forget',
    run: async (repository, {ids}) => {
      const wanted = [ids.get('s1')!, ids.get('s4')!]
      const present = new Set(await listSnapshotIds(repository.backend))
      return forgetAll(
        repository,
        wanted.filter((id) => present.has(id)),
      )
    },
    keeps: ['s2', 's5'],
  },
  {name: 'prune', run: (repository) => pruneRepository(repository, NOW), keeps: ['s1', 's2', 's4', 's5']},
  {
    name: 'undelete',
    run: async (repository, {ids}) => {
      const present = new Set(await listSnapshotIds(repository.backend))
      const wanted = [ids.get('s0')!, ids.get('s3')!].filter((id) => !present.has(id))
      return undeleteSnapshots(repository, wanted)
    },
    keeps: ['s1', 's2', 's4', 's5'],
    brings: ['s0', 's3'],
  },
  {
    name: 'tag',
    run: async (repository) => {
      const found = (await loadSnapshots(repository, () => undefined)).filter(({record}) => ['s1', 's5'].includes(record.tags[0]))
      return markSnapshots(
        repository,
        found.filter(({record}) => !record.isIncomplete),
        {addTags: ['late'], pinned: true},
      )
    },
    keeps: ['s1', 's2', 's4', 's5'],
  },
  {
    name: 'snapshot',
    run: (repository, {contents}) => storeContent(repository, contents.get('s0')!, 's6'),
    keeps: ['s1', 's2', 's4', 's5'],
  },
]

/** Every complete snapshot is whole and has the content that it was taken with; those in `required` are there. */
async function verify(t: ExecutionContext, backend: Backend, scene: Scene, required: readonly string[], where: string): Promise<void> {
  const repository = await openModel(backend)
  const found = new Set<string>()
  for (const id of await listSnapshotIds(backend)) {
    const {root, tags, isIncomplete} = await loadSnapshot(repository, id)
    if (isIncomplete) continue
    found.add(tags[0])
    const expected = expectedFiles(scene.contents.get(tags[0] === 's6' ? 's0' : tags[0])!)
    const byPath = (files: Map<string, string>) => [...files].sort(([a], [b]) => (a < b ? -1 : 1))
    t.deepEqual(byPath(await readContent(repository, root)), byPath(expected), `${where}: ${tags[0]}`)
  }
  for (const tag of required) t.true(found.has(tag), `${where}: ${tag} is gone`)
}

const EFFECTS: readonly Effect[] = ['die', 'die-after', 'lost-answer', 'fail-for-good']

test.before(loadZstd)

for (const {name, run, keeps, brings = []} of COMMANDS) {
  for (const effect of EFFECTS) {
    test(`crash of ${name}: '${effect}' at every call`, async (t) => {
      const scene = await prepare()
      const whole = faultyBackend(createMemoryBackend(new Map(scene.objects)), [])
      await run(await openModel(whole), scene)
      t.true(whole.calls.length > 6, `only ${whole.calls.length} calls`)
      for (let call = 1; call <= whole.calls.length; call++) {
        const objects = new Map(scene.objects)
        const faulty = faultyBackend(createMemoryBackend(objects), [{effect, call}])
        const where = `call ${call}, ${whole.calls[call - 1]}`
        try {
          await run(await openModel(faulty), scene)
        } catch (error) {
          t.true(isPocketError(error, 'io-failed'), `${where}: ${String(error)}`)
        }
        t.deepEqual(faulty.unused(), [], where)
        const backend = createMemoryBackend(objects)
        await verify(t, backend, scene, keeps, where)
        await t.notThrowsAsync(async () => run(await openModel(backend), scene), `${where}, and again`)
        await verify(t, backend, scene, [...keeps, ...brings], `${where}, and again`)
        await pruneRepository(await openModel(backend), NOW)
        await verify(t, backend, scene, [...keeps, ...brings], `${where}, again, and a prune`)
      }
    })
  }
}
