/** The second repository of a model: snapshots are copied to it, and now and then back. Nothing is forgotten there. */
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {ObjectId} from '../../src/id.js'
import type {CopyEvent} from '../../src/operations/copy-events.js'
import {copySnapshots} from '../../src/operations/copy-snapshots.js'
import {pruneRepository} from '../../src/operations/prune-repository.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import {KEY_FILE} from '../operations/repository-place.js'
import {createSmallPieces} from '../operations/small-pieces.js'
import {createModelRepository} from './place.js'
import type {Random} from './random.js'
import type {Gate, Schedule} from './schedule.js'
import {type Line, verifyContents} from './verify.js'

export interface CopyStep {
  schedule: Schedule
  gate: Gate
  random: Random
  lines: Line[]
}

export class SecondPlace {
  readonly #backend: Backend
  /** By the ids of the copies. */
  readonly #copies = new Map<ObjectId, Line>()

  private constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Every other one has keys of its own. */
  static async create(random: Random): Promise<SecondPlace> {
    const backend = createMemoryBackend()
    if (random.isOneIn(2)) await createModelRepository(backend, random)
    else await createSmallPieces(backend, (length) => random.bytes(length))
    return new SecondPlace(backend)
  }

  async step(name: string, repository: Repository, step: CopyStep): Promise<void> {
    const second = await open(step.schedule.backend(this.#backend, step.gate))
    if (name === 'prune copies')
      await pruneRepository(second, {graceMs: 0, maxUnused: {type: 'percent', percent: step.random.pick([0, 50])}})
    else if (name === 'copy back') await this.#copyBack(second, repository, step)
    else await this.#copy(repository, second, step)
  }

  /** One snapshot, or all. What is told as copied, or as there already, is there from that moment. */
  async #copy(repository: Repository, second: Repository, {random, lines}: CopyStep): Promise<void> {
    const known = lines.filter((line) => line.id !== undefined && line.state === 'live')
    if (known.length === 0) return
    const before = new Map(known.filter(isSteady).map((line) => [line.id!, line]))
    const references = random.isOneIn(3) ? [] : [random.pick(known).id!]
    const onEvent = (event: CopyEvent): void => {
      if (event.type === 'copied' || event.type === 'skipped') {
        const line = lines.find(({id}) => id === event.id)
        if (line) this.#copies.set(event.copy!, line)
      }
      const line = event.type === 'failed' ? before.get(event.id) : undefined
      if (line && isSteady(line) && event.type === 'failed') throw new Error(`snapshot ${line.tag} could not be copied: ${event.message}`)
    }
    await copySnapshots(repository, second, {references, onEvent})
  }

  /** What is brought back is one more of the line. */
  async #copyBack(second: Repository, repository: Repository, {random, lines}: CopyStep): Promise<void> {
    if (this.#copies.size === 0) return
    const [copy, {tag, content}] = random.pick([...this.#copies])
    const onEvent = (event: CopyEvent): void => {
      if (event.type === 'failed') throw new Error(`the copy of snapshot ${tag} could not be copied back: ${event.message}`)
      if (event.type === 'copied') lines.push({tag, content, id: event.copy, state: 'live', busy: 0, isDoubtful: false})
    }
    await copySnapshots(second, repository, {references: [copy], onEvent})
  }

  /** Every copy is there and whole. */
  async verify(lines: readonly Line[], when: string): Promise<void> {
    const stored = await verifyContents(await open(this.#backend), lines, `${when}, copied`)
    const ids = new Set(stored.map(({id}) => id))
    for (const [id, {tag}] of this.#copies) if (!ids.has(id)) throw new Error(`${when}: the copy of snapshot ${tag} is gone`)
  }
}

/** It is there, and nobody is about to change that. */
function isSteady({state, busy, isDoubtful}: Line): boolean {
  return state === 'live' && busy === 0 && !isDoubtful
}

function open(backend: Backend): Promise<Repository> {
  return openRepositoryOn(backend, {secret: async () => KEY_FILE, cacheDirectory: undefined, onWarning: () => undefined})
}
