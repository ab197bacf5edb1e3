/**
 * One sequence of the model: some clients do what a seed decides on one repository, at the same time; then everything that must be there
 * is read, and what was removed for good must be gone.
 */
import type {Backend} from '../../src/backend/backend.js'
import type {ObjectId} from '../../src/id.js'
import {forgetAll} from '../../src/operations/forget-snapshots.js'
import {markSnapshots} from '../../src/operations/mark-snapshots.js'
import {pruneRepository} from '../../src/operations/prune-repository.js'
import {repairIndex} from '../../src/operations/repair-index.js'
import {repairPacks} from '../../src/operations/repair-packs.js'
import {repairSnapshots} from '../../src/operations/repair-snapshots.js'
import {undeleteSnapshots} from '../../src/operations/undelete-snapshots.js'
import {isPocketError} from '../../src/errors.js'
import type {Repository} from '../../src/repository/repository.js'
import {loadSnapshot} from '../../src/repository/snapshot-store.js'
import {freezeClock, monotonicMs, shiftClock} from '../../src/util/clock.js'
import {replaceRandomBytes} from '../../src/util/random-bytes.js'
import {ClientMemory, storeContent} from './client.js'
import {changed, type Content} from './content.js'
import {createModelRepository, openModel} from './place.js'
import {Random} from './random.js'
import {type Chances, type Gate, Schedule} from './schedule.js'
import {SecondPlace} from './second-place.js'
import {type Line, verifySnapshots} from './verify.js'

const START_NS = 1_800_000_000_000_000_000n
const HOUR_NS = 3600n * 1_000_000_000n

/** What a client chooses from, the more often it is here the oftener. */
const DEEDS = [
  ...['snapshot', 'snapshot', 'snapshot', 'snapshot', 'snapshot', 'forget', 'forget', 'prune', 'prune', 'undelete', 'mark', 'reopen'],
  ...['repair index', 'repair packs', 'repair snapshots', 'copy', 'copy', 'copy back', 'prune copies'],
]

export interface ModelOptions {
  seed: number
  clients: number
  steps: number
  chances: Chances
  /** Holds the objects. */
  backend: Backend
  /** The clock of the machine, which a server compares with its own; else one that stands still, and jumps. */
  hasRealClock?: boolean
  /** Where each client keeps a cache; none unless given. */
  cacheDirectory?: (client: number) => string
}

export interface ModelOutcome {
  /** How often each operation was done, and how often it failed. */
  counts: Record<string, number>
  log: readonly string[]
}

/** Throws an Error that says what went wrong. */
export async function runModel(options: ModelOptions): Promise<ModelOutcome> {
  const salts = new Random(options.seed + 1)
  replaceRandomBytes((length) => salts.bytes(length))
  if (!options.hasRealClock) freezeClock(START_NS)
  await createModelRepository(options.backend, salts)
  const second = await SecondPlace.create(salts)
  const model = new Model(options, second)
  const startMs = monotonicMs()
  try {
    await model.run()
    await model.verify()
  } catch (error) {
    const log = model.schedule.log.slice(-5000).join('\n')
    throw new Error(`seed ${options.seed}, after ${Math.round(monotonicMs() - startMs)} ms: ${(error as Error).message}\n${log}`, {
      cause: error,
    })
  } finally {
    model.resetClock()
    replaceRandomBytes(undefined)
  }
  return {counts: model.counts, log: model.schedule.log}
}

interface Step {
  tag: string
  gate: Gate
  memory: ClientMemory
}

class Model {
  readonly schedule: Schedule
  readonly counts: Record<string, number> = {}
  readonly #options: ModelOptions
  readonly #random: Random
  readonly #lines: Line[] = []
  readonly #second: SecondPlace
  #shiftedNs = 0n

  constructor(options: ModelOptions, second: SecondPlace) {
    this.#options = options
    this.#second = second
    this.#random = new Random(options.seed)
    this.schedule = new Schedule(this.#random, options.chances, !options.hasRealClock)
  }

  async run(): Promise<void> {
    const clients = Array.from({length: this.#options.clients}, (_, number) => this.#client(number))
    await this.schedule.until(Promise.all(clients))
    await Promise.all(clients)
  }

  resetClock(): void {
    shiftClock(-this.#shiftedNs - this.schedule.passedNs)
    freezeClock(undefined)
  }

  async #client(number: number): Promise<void> {
    let content: Content = changed(new Map(), this.#random)
    let gate: Gate | undefined
    let repository: Repository | undefined
    let memory = new ClientMemory()
    for (let step = 0; step < this.#options.steps; step++) {
      if (!gate || gate.isDead) {
        gate = {name: `client ${number}`, isDead: false, frozen: 0}
        repository = undefined
        memory = new ClientMemory()
      }
      if (!this.#options.hasRealClock && this.#random.isOneIn(12)) this.#turnClock()
      if (this.#random.isOneIn(5)) content = changed(this.#random.isOneIn(3) ? new Map() : content, this.#random)
      const name = this.#random.pick(DEEDS)
      try {
        repository ??= await this.#openToStay(this.schedule.backend(this.#options.backend, gate), number)
        if (name === 'reopen') repository = undefined
        else await this.#step(name, repository, content, {tag: `${number}.${step}`, gate, memory})
        this.#count(name)
      } catch (error) {
        if (!isPocketError(error)) throw error
        this.#count(`${name} failed: ${error.code}`)
      }
    }
  }

  async #step(name: string, repository: Repository, content: Content, {tag, gate, memory}: Step): Promise<void> {
    if (name === 'snapshot') return this.#snapshot(repository, content, tag, memory)
    if (name === 'prune') return this.#prune(repository)
    if (name === 'repair index') return void (await repairIndex(repository, {readAllPacks: this.#random.isOneIn(2)}))
    if (name === 'repair packs') return void (await repairPacks(repository, {readAllPacks: true}))
    if (name === 'repair snapshots') return void (await repairSnapshots(repository))
    if (name.includes('cop'))
      return this.#second.step(name, repository, {schedule: this.schedule, gate, random: this.#random, lines: this.#lines})
    const line = this.#choose(name === 'undelete' ? 'forgotten' : 'live')
    if (!line) return
    if (name === 'forget')
      return this.#change(line, async (id) => {
        const {gone} = await forgetAll(repository, [id])
        if (gone.length > 0 && !line.isDoubtful) throw new Error(`snapshot ${line.tag} was gone before it was forgotten`)
        line.state = 'forgotten'
      })
    if (name === 'mark')
      return this.#change(line, async (id) => {
        const snapshot = {id, record: await loadSnapshot(repository, id)}
        const [{to}] = await markSnapshots(repository, [snapshot], {addTags: [`mark-${this.#random.below(3)}`]})
        line.id = to
      })
    await this.#undelete(repository, line)
  }

  async #snapshot(repository: Repository, content: Content, tag: string, memory: ClientMemory): Promise<void> {
    // Known before it is stored: one that is cut off may be there all the same.
    const line: Line = {tag, content, id: undefined, state: 'live', busy: 1, isDoubtful: true}
    this.#lines.push(line)
    const before = memory.takenOver
    line.id = await storeContent(repository, content, tag, this.#random.isOneIn(4) ? undefined : memory)
    if (memory.takenOver > before) this.#count('taken over')
    line.busy = 0
    line.isDoubtful = false
  }

  async #prune(repository: Repository): Promise<void> {
    const graceMs = this.#random.isOneIn(2) ? 0 : 3600_000 * (1 + this.#random.below(30))
    const maxUnused = {type: 'percent', percent: this.#random.pick([0, 0, 5, 50])} as const
    await pruneRepository(repository, {graceMs, maxUnused, repackSmall: this.#random.isOneIn(3)})
  }

  async #undelete(repository: Repository, line: Line): Promise<void> {
    await this.#change(line, async (id) => {
      try {
        await undeleteSnapshots(repository, [id])
        line.state = 'live'
      } catch (error) {
        // A prune was faster. It stays forgotten.
        if (!isPocketError(error, 'snapshot-missing') && !isPocketError(error, 'chunk-missing')) throw error
        this.#count('undelete too late')
      }
    })
  }

  /** Only when nothing else is done with it at the time, and it succeeds, is it known what becomes of it. */
  async #change(line: Line, work: (id: ObjectId) => Promise<void>): Promise<void> {
    const {id} = line
    if (id === undefined) return
    if (line.busy > 0) line.isDoubtful = true
    line.busy++
    try {
      await work(id)
    } catch (error) {
      line.isDoubtful = true
      throw error
    } finally {
      line.busy--
    }
  }

  #choose(state: Line['state']): Line | undefined {
    const found = this.#lines.filter((line) => line.state === state && line.id !== undefined)
    return found.length === 0 ? undefined : this.#random.pick(found)
  }

  #turnClock(): void {
    // Now and then by years, as a machine without a battery.
    const hours = BigInt(this.#random.below(100) - 40) * (this.#random.isOneIn(4) ? 1000n : 1n)
    this.#shiftedNs += hours * HOUR_NS
    shiftClock(hours * HOUR_NS)
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  /** Some keep the index from one snapshot to the next. */
  async #openToStay(backend: Backend, client: number): Promise<Repository> {
    const repository = await this.#open(backend, client)
    if (this.#random.isOneIn(2)) repository.keepIndex()
    return repository
  }

  async #open(backend: Backend, client: number | undefined): Promise<Repository> {
    return openModel(backend, client === undefined ? undefined : this.#options.cacheDirectory?.(client))
  }

  /** Everything that must be there is; and after a prune without mercy it still is, and nothing else. */
  async verify(): Promise<void> {
    await this.#verifySnapshots('at the end')
    const repository = await this.#open(this.#options.backend, undefined)
    const now = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const
    await pruneRepository(repository, now)
    // What another had just stored counts as young to nobody by now, and what two had stored twice is stored once.
    const last = await pruneRepository(repository, now)
    await this.#verifySnapshots('after the last prune')
    if (last.remove.packs + last.repack.packs + last.unusedBytes > 0) throw new Error('a prune has left something for the next one')
    await this.#verifyPacks()
  }

  async #verifySnapshots(when: string): Promise<void> {
    await verifySnapshots(await this.#open(this.#options.backend, undefined), this.#lines, when)
    await this.#second.verify(this.#lines, when)
  }

  /** The index names the packs that are there, and no others. */
  async #verifyPacks(): Promise<void> {
    const repository = await this.#open(this.#options.backend, undefined)
    const indexed = (await repository.loadIndex()).packs.map(({id}) => id as string).sort()
    const stored: string[] = []
    for await (const {name} of this.#options.backend.list('chunks/')) stored.push(name.slice(-64))
    if (indexed.join() !== stored.sort().join()) throw new Error(`${stored.length} packs are stored, ${indexed.length} indexed`)
  }
}
