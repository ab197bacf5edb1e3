/**
 * Decides in which order the calls of several clients to one backend take place: each call waits until it is chosen, by a seed. A client
 * can be frozen, as a machine that is asleep, and can die, before or after the effect of a call.
 */
import type {Backend, ListedObject} from '../../src/backend/backend.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {PocketError} from '../../src/errors.js'
import {shiftClock} from '../../src/util/clock.js'
import type {Random} from './random.js'

interface Waiting {
  gate: Gate
  run: () => void
}

/** What stands between one client and the backend. */
export interface Gate {
  name: string
  isDead: boolean
  /** So many calls of others are chosen before it goes on. */
  frozen: number
}

export interface Chances {
  /** One call in so many kills its client; 0 for never. */
  dies: number
  /** One call in so many is not done, and fails. */
  fails: number
  /** One call in so many puts its client to sleep. */
  sleeps: number
}

/** Turns of the event loop after which a client that has something to ask has asked it. */
const TURNS = 3
/** How long a call takes by the frozen clock. */
const CALL_NS = 1_000_000n

export class Schedule {
  readonly #random: Random
  readonly #chances: Chances
  readonly #movesClock: boolean
  #waiting: Waiting[] = []
  passedNs = 0n
  /** What has taken place, for whoever replays a failure. */
  readonly log: string[] = []

  constructor(random: Random, chances: Chances, movesClock: boolean) {
    this.#movesClock = movesClock
    this.#random = random
    this.#chances = chances
  }

  /** `backend` as the client of `gate` sees it. A listing takes place in two steps: what changes between them may be missed, or be there twice. */
  backend(backend: Backend, gate: Gate): Backend {
    const call = <T>(what: string, effect: () => Promise<T>): Promise<T> => this.#call(gate, what, effect)
    return wrapBackend(backend, {
      put: (name, bytes, options) => call(`put ${name}`, () => backend.put(name, bytes, options)),
      get: (name, options) => call(`get ${name}`, () => backend.get(name, options)),
      stat: (name) => call(`stat ${name}`, () => backend.stat(name)),
      remove: (name) => call(`remove ${name}`, () => backend.remove(name)),
      async *list(prefix) {
        for (const half of [0, 1]) yield* await call(`list ${prefix} ${half}`, () => listHalf(backend, prefix, half))
      },
      close: async () => undefined,
    })
  }

  /** Lets calls take place until all of `work` has ended. */
  async until(work: Promise<unknown>): Promise<void> {
    let isOver = false
    const end = (): void => {
      isOver = true
    }
    work.then(end, end)
    for (;;) {
      for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (isOver) return
      this.#step()
    }
  }

  #step(): void {
    if (this.#waiting.length === 0) return
    const awake = this.#waiting.filter(({gate}) => gate.frozen === 0)
    const chosen = this.#random.pick(awake.length > 0 ? awake : this.#waiting)
    for (const {gate} of this.#waiting) if (gate !== chosen.gate && gate.frozen > 0) gate.frozen--
    chosen.gate.frozen = 0
    this.#waiting = this.#waiting.filter((one) => one !== chosen)
    if (this.#movesClock) {
      shiftClock(CALL_NS)
      this.passedNs += CALL_NS
    }
    chosen.run()
  }

  #call<T>(gate: Gate, what: string, effect: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        const {dies, fails, sleeps} = this.#chances
        const isAfter = this.#random.isOneIn(2)
        if (dies > 0 && this.#random.isOneIn(dies)) gate.isDead = true
        else if (fails > 0 && this.#random.isOneIn(fails)) return reject(this.#failure(gate, what, 'fails'))
        if (sleeps > 0 && this.#random.isOneIn(sleeps)) gate.frozen = 1 + this.#random.below(80)
        if (gate.isDead && !isAfter) return reject(this.#failure(gate, what, 'dies before'))
        if (!gate.isDead) this.log.push(`${gate.name}: ${what}`)
        effect().then((value) => (gate.isDead ? reject(this.#failure(gate, what, 'dies after')) : resolve(value)), reject)
      }
      if (gate.isDead) return reject(this.#failure(gate, what, 'is dead at'))
      this.#waiting.push({gate, run})
    })
  }

  #failure(gate: Gate, what: string, how: string): PocketError {
    this.log.push(`${gate.name} ${how} ${what}`)
    return new PocketError('io-failed', `${how} ${what}`)
  }
}

async function listHalf(backend: Backend, prefix: string, half: number): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  // Which half an object is in does not depend on what else is there.
  for await (const object of backend.list(prefix)) if (object.name.charCodeAt(object.name.length - 1) % 2 === half) objects.push(object)
  return objects
}
