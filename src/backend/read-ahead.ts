/** Asks a backend in advance what will be asked, while something else takes its time. */
import {inAdvance} from '../util/concurrency.js'
import type {Backend, GetOptions, ListedObject} from './backend.js'
import {wrapBackend} from './wrap.js'

export interface Anticipated {
  /** Folders that will be listed, and whose objects will then be read wholly. They are listed in this order, each after the one before. */
  read: readonly string[]
  /** Folders that will be listed only, after those. */
  listed: readonly string[]
  /** Which objects will be read. */
  isWanted: (name: string) => boolean
}

/** Of all objects that are read in advance; what is more is read when it is asked for. */
const MAX_BYTES = 32 * 1024 * 1024

/**
 * `backend`, which is being asked for that already. Each answer is given once, and whoever asks again asks anew. An answer is as old as this
 * call, so it is for what looks at a repository, and never for what rests on the order of its calls beyond that of the folders.
 */
export function readAhead(backend: Backend, anticipated: Anticipated): Backend {
  const answers = new Answers(backend, anticipated)
  return wrapBackend(backend, {
    list: (prefix) => answers.list(prefix),
    get: (name, options) => answers.get(name, options),
  })
}

class Answers {
  readonly #backend: Backend
  readonly #isWanted: Anticipated['isWanted']
  readonly #listings = new Map<string, Promise<readonly ListedObject[]>>()
  readonly #objects = new Map<string, Promise<Uint8Array>>()
  /** Each reads one object after another. */
  readonly #lanes: Promise<unknown>[]
  #next = 0
  #bytes = 0

  constructor(backend: Backend, {read, listed, isWanted}: Anticipated) {
    this.#backend = backend
    this.#isWanted = isWanted
    this.#lanes = Array.from({length: backend.access.parallelCalls}, () => Promise.resolve())
    let before: Promise<unknown> = Promise.resolve()
    for (const prefix of [...read, ...listed]) {
      const listing = inAdvance(before.then(() => this.#list(prefix, read.includes(prefix))))
      this.#listings.set(prefix, listing)
      before = listing
    }
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const listing = this.#listings.get(prefix)
    this.#listings.delete(prefix)
    if (listing) yield* await listing
    else yield* this.#backend.list(prefix)
  }

  get(name: string, options: GetOptions = {}): Promise<Uint8Array> {
    const object = options.range === undefined ? this.#objects.get(name) : undefined
    this.#objects.delete(name)
    return object ?? this.#backend.get(name, options)
  }

  async #list(prefix: string, reads: boolean): Promise<readonly ListedObject[]> {
    const objects: ListedObject[] = []
    for await (const object of this.#backend.list(prefix)) objects.push(object)
    if (reads) for (const object of objects) if (this.#isWanted(object.name)) this.#read(object)
    return objects
  }

  #read({name, sizeBytes}: ListedObject): void {
    if (this.#bytes + sizeBytes > MAX_BYTES) return
    this.#bytes += sizeBytes
    const lane = this.#next++ % this.#lanes.length
    const object = inAdvance(this.#lanes[lane].catch(() => undefined).then(() => this.#backend.get(name, {isFresh: true})))
    this.#lanes[lane] = object
    this.#objects.set(name, object)
  }
}
