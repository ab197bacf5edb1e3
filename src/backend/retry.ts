import {setTimeout} from 'node:timers/promises'
import {isPocketError, type PocketError} from '../errors.js'
import {concatBytes, equalBytes} from '../util/bytes.js'
import {monotonicMs} from '../util/clock.js'
import type {PauseGate} from '../util/pause-gate.js'
import type {Backend, ConditionalCreate, ListedObject, PutOptions, Retention} from './backend.js'
import {wrapBackend} from './wrap.js'

export interface RetryOptions {
  /** How often a call is made at most; with `patienceMs`, only as long as no call has succeeded: a wrong address is to be told soon. */
  attempts?: number
  /** How long a call is made again once one has succeeded: a network comes back. */
  patienceMs?: number
  /** The first pause; each next one is twice as long. */
  firstDelayMs?: number
  longestDelayMs?: number
  sleep?: (delayMs: number) => Promise<unknown>
  /** From 0 to 1, as `Math.random`. */
  random?: () => number
  /** Told before each pause. */
  onRetry?: (retry: Retry) => void
  /** Once aborted, nothing is tried again and no pause goes on. */
  signal?: AbortSignal
  /** While it is paused no call is made, and no patience lost. */
  pause?: PauseGate
  /** Milliseconds on a clock that never goes back. */
  now?: () => number
}

export interface Retry {
  error: PocketError
  /** The attempt that failed, from 1. */
  attempt: number
  /** How many there may be; undefined when it is time that counts. */
  attempts: number | undefined
  delayMs: number
}

/**
 * Makes a call of `backend` again when it fails with a retryable error, after pauses that double, each shortened at
 * random by up to a half so that many clients do not come back at the same instant. The last error is thrown as it is.
 *
 * A `put` with `ifAbsent` whose answer was lost finds its own object on the next attempt: it succeeds when the bytes
 * there are the ones it was given. A `list` that broke starts again and leaves out what it has given already.
 */
export function retryingBackend(backend: Backend, options: RetryOptions | Retrier = {}): Backend {
  const retry = typeof options === 'function' ? options : createRetrier(options)
  return wrapBackend(backend, {
    retention: backend.retention && retryingRetention(backend.retention, retry),
    conditionalCreate: backend.conditionalCreate && retryingProbe(backend.conditionalCreate, retry),
    put: (name, bytes, putOptions) =>
      retry((attempt) =>
        attempt > 1 && putOptions?.ifAbsent ? putAgain(backend, name, bytes, putOptions) : backend.put(name, bytes, putOptions),
      ),
    get: (name, getOptions) => retry(() => backend.get(name, getOptions)),
    stat: (name) => retry(() => backend.stat(name)),
    list: (prefix) => listAgain(backend, prefix, retry),
    remove: (name) => retry(() => backend.remove(name)),
  })
}

function retryingRetention(retention: Retention, retry: Retrier): Retention {
  return {
    days: retention.days,
    now: () => retention.now(),
    until: (name) => retry(() => retention.until(name)),
    extend: (name, untilMs) => retry(() => retention.extend(name, untilMs)),
  }
}

function retryingProbe(conditionalCreate: ConditionalCreate, retry: Retrier): ConditionalCreate {
  return {probe: () => retry(() => conditionalCreate.probe()), assume: (support) => conditionalCreate.assume(support)}
}

/** Makes a call until it succeeds or is given up; the call is told which attempt it is, from 1. */
export type Retrier = <T>(call: (attempt: number) => Promise<T>) => Promise<T>

export function createRetrier({
  attempts = 6,
  patienceMs,
  firstDelayMs = 250,
  longestDelayMs = 15_000,
  sleep = setTimeout,
  random = Math.random,
  onRetry,
  signal,
  pause: gate,
  now = monotonicMs,
}: RetryOptions): Retrier {
  let hasSucceeded = false
  return async (call) => {
    let failingSinceMs: number | undefined
    await gate?.pass()
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await call(attempt)
        hasSucceeded = true
        return result
      } catch (error) {
        if (!isPocketError(error) || !error.retryable || signal?.aborted) throw error
        failingSinceMs ??= now()
        const isPatient = hasSucceeded && patienceMs !== undefined
        if (isPatient ? now() - failingSinceMs >= patienceMs : attempt >= attempts) throw error
        const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (1 - random() / 2)
        onRetry?.({error, attempt, attempts: isPatient ? undefined : attempts, delayMs})
        await pause(sleep(delayMs), signal)
        failingSinceMs += await heldBack(gate, now)
        if (signal?.aborted) throw error
      }
    }
  }
}

/** Waits until nothing is to pause; for how many ms. */
async function heldBack(gate: PauseGate | undefined, now: () => number): Promise<number> {
  if (!gate?.isPaused) return 0
  const sinceMs = now()
  await gate.pass()
  return now() - sinceMs
}

/** Waits for `sleep`, or until `signal` is aborted. */
async function pause(sleep: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return
  let stop = (): void => {}
  const aborted = new Promise<void>((resolve) => (stop = resolve))
  signal?.addEventListener('abort', stop, {once: true})
  try {
    await Promise.race([sleep, aborted])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

async function putAgain(backend: Backend, name: string, bytes: Uint8Array | readonly Uint8Array[], options: PutOptions): Promise<void> {
  try {
    await backend.put(name, bytes, options)
  } catch (error) {
    if (!isPocketError(error, 'object-exists')) throw error
    const ours = bytes instanceof Uint8Array ? bytes : concatBytes(bytes)
    if (!equalBytes(ours, await backend.get(name))) throw error
  }
}

async function* listAgain(backend: Backend, prefix: string, retry: Retrier): AsyncGenerator<ListedObject> {
  const given = new Set<string>()
  let objects = backend.list(prefix)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await retry((attempt) => {
        if (attempt > 1) objects = backend.list(prefix)[Symbol.asyncIterator]()
        return objects.next()
      })
      if (next.done) return
      if (given.has(next.value.name)) continue
      given.add(next.value.name)
      yield next.value
    }
  } finally {
    await objects.return?.()
  }
}
