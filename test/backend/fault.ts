/** A backend that fails on purpose, at calls chosen before: for crash and damage tests. */
import type {Backend, ListedObject} from '../../src/backend/backend.js'
import {PocketError} from '../../src/errors.js'
import {concatBytes} from '../../src/util/bytes.js'

export type Verb = 'put' | 'get' | 'stat' | 'list' | 'remove'

/**
 * - `die`: this call and every later one fails for good, as when the process is killed or the disk pulled
 * - `die-after`: this call still takes effect, nobody hears of it, and every later one fails
 * - `fail`: this call fails, with a retryable error, and has no effect
 * - `fail-for-good`: this call fails, with an error that is not retryable, and has no effect
 * - `lost-answer`: this call takes effect and fails, with a retryable error
 * - `truncate`, `flip`: a `put` stores, or a `get` answers, the bytes without their second half, or with the lowest
 *   bit of the last byte flipped
 * - `stall`: this call waits until `release()`
 */
export type Effect = 'die' | 'die-after' | 'fail' | 'fail-for-good' | 'lost-answer' | 'truncate' | 'flip' | 'stall'

export interface Fault {
  effect: Effect
  /** The call that it happens to: the how-manieth, from 1, of those that fit `verb` and `name`. 1 unless told. */
  call?: number
  /** Only calls of this verb count; every verb unless told. */
  verb?: Verb
  /** Only calls with a name (or prefix) that starts so count. */
  name?: string
}

export interface FaultyBackend extends Backend {
  /** Every call so far, as `put chunks/3f/3fa9…`. */
  readonly calls: readonly string[]
  /** Faults that never happened: a test should find this empty, or it tested nothing. */
  unused(): Fault[]
  /** Lets the calls that stall go on. */
  release(): void
}

export function faultyBackend(backend: Backend, faults: readonly Fault[]): FaultyBackend {
  return new Faulty(backend, faults)
}

/** Stored or answered bytes as the effects `truncate` and `flip` leave them. */
export function damage(bytes: Uint8Array, effect: Effect): Uint8Array {
  if (effect === 'truncate') return bytes.slice(0, Math.floor(bytes.length / 2))
  const flipped = bytes.slice()
  if (effect === 'flip') flipped[flipped.length - 1] ^= 1
  return flipped
}

interface ArmedFault {
  fault: Fault
  callsLeft: number
}

class Faulty implements FaultyBackend {
  readonly location: string
  readonly access: Backend['access']
  readonly calls: string[] = []
  readonly #backend: Backend
  readonly #armed: ArmedFault[]
  #isDead = false
  readonly #stalled: (() => void)[] = []

  constructor(backend: Backend, faults: readonly Fault[]) {
    this.location = backend.location
    this.access = backend.access
    this.#backend = backend
    this.#armed = faults.map((fault) => ({fault, callsLeft: fault.call ?? 1}))
  }

  put(name: string, bytes: Uint8Array | readonly Uint8Array[], options?: {ifAbsent?: boolean}): Promise<void> {
    return this.#call('put', name, (effect) =>
      this.#backend.put(
        name,
        effect === undefined ? bytes : damage(bytes instanceof Uint8Array ? bytes : concatBytes(bytes), effect),
        options,
      ),
    )
  }

  get(name: string, options?: Parameters<Backend['get']>[1]): Promise<Uint8Array> {
    return this.#call('get', name, async (effect) => {
      const bytes = await this.#backend.get(name, options)
      return effect === undefined ? bytes : damage(bytes, effect)
    })
  }

  stat(name: string): ReturnType<Backend['stat']> {
    return this.#call('stat', name, () => this.#backend.stat(name))
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    yield* await this.#call('list', prefix, async (effect) => {
      const objects: ListedObject[] = []
      for await (const object of this.#backend.list(prefix)) objects.push(object)
      return effect === 'truncate' ? objects.slice(0, Math.floor(objects.length / 2)) : objects
    })
  }

  remove(name: string): Promise<void> {
    return this.#call('remove', name, () => this.#backend.remove(name))
  }

  close(): Promise<void> {
    return this.#backend.close()
  }

  unused(): Fault[] {
    return this.#armed.filter(({callsLeft}) => callsLeft > 0).map(({fault}) => fault)
  }

  release(): void {
    for (const resume of this.#stalled.splice(0)) resume()
  }

  async #call<T>(verb: Verb, name: string, run: (damaging?: 'truncate' | 'flip') => Promise<T>): Promise<T> {
    this.calls.push(`${verb} ${name}`)
    if (this.#isDead) throw this.#failure('dead')
    const effect = this.#nextEffect(verb, name)
    switch (effect) {
      case 'die':
        this.#isDead = true
        throw this.#failure('dead')
      case 'fail':
        throw this.#failure('retryable')
      case 'fail-for-good':
        throw this.#failure('final')
      case 'die-after':
        this.#isDead = true
        await run()
        throw this.#failure('dead')
      case 'lost-answer':
        await run()
        throw this.#failure('retryable')
      case 'stall':
        await new Promise<void>((resume) => this.#stalled.push(resume))
        return run()
      default:
        return run(effect)
    }
  }

  #nextEffect(verb: Verb, name: string): Effect | undefined {
    let effect: Effect | undefined
    for (const armed of this.#armed) {
      const {fault} = armed
      if ((fault.verb ?? verb) !== verb || !name.startsWith(fault.name ?? '')) continue
      armed.callsLeft -= 1
      if (armed.callsLeft === 0) effect ??= fault.effect
    }
    return effect
  }

  #failure(kind: 'dead' | 'retryable' | 'final'): PocketError {
    const call = this.calls.length
    const message = kind === 'dead' ? `the backend is dead at call ${call}` : `call ${call} fails on purpose`
    return new PocketError('io-failed', message, {retryable: kind === 'retryable'})
  }
}
