import {setTimeout} from 'node:timers/promises'
import {isPocketError, type PocketError} from '../errors.js'
import {concatBytes, equalBytes} from '../util/bytes.js'
import type {Backend, ListedObject, PutOptions} from './backend.js'

export interface RetryOptions {
  /** How often a call is made at most. */
  attempts?: number
  /** The first pause; each next one is twice as long. */
  firstDelayMs?: number
  longestDelayMs?: number
  sleep?: (delayMs: number) => Promise<unknown>
  /** From 0 to 1, as `Math.random`. */
  random?: () => number
  /** Told before each pause. */
  onRetry?: (retry: Retry) => void
}

export interface Retry {
  error: PocketError
  /** The attempt that failed, from 1. */
  attempt: number
  delayMs: number
}

/**
 * Makes a call of `backend` again when it fails with a retryable error, after pauses that double, each shortened at
 * random by up to a half so that many clients do not come back at the same instant. The last error is thrown as it is.
 *
 * A `put` with `ifAbsent` whose answer was lost finds its own object on the next attempt: it succeeds when the bytes
 * there are the ones it was given. A `list` that broke starts again and leaves out what it has given already.
 */
export function retryingBackend(backend: Backend, options: RetryOptions = {}): Backend {
  const retry = retrier(options)
  return {
    location: backend.location,
    get endpoint() {
      return backend.endpoint
    },
    access: backend.access,
    traffic: backend.traffic,
    retention: backend.retention,
    put: (name, bytes, putOptions) =>
      retry((attempt) =>
        attempt > 1 && putOptions?.ifAbsent ? putAgain(backend, name, bytes, putOptions) : backend.put(name, bytes, putOptions),
      ),
    get: (name, getOptions) => retry(() => backend.get(name, getOptions)),
    stat: (name) => retry(() => backend.stat(name)),
    list: (prefix) => listAgain(backend, prefix, retry),
    remove: (name) => retry(() => backend.remove(name)),
    close: () => backend.close(),
  }
}

type Retrier = <T>(call: (attempt: number) => Promise<T>) => Promise<T>

function retrier({
  attempts = 6,
  firstDelayMs = 250,
  longestDelayMs = 15_000,
  sleep = setTimeout,
  random = Math.random,
  onRetry,
}: RetryOptions): Retrier {
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(attempt)
      } catch (error) {
        if (attempt >= attempts || !isPocketError(error) || !error.retryable) throw error
        const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (1 - random() / 2)
        onRetry?.({error, attempt, delayMs})
        await sleep(delayMs)
      }
    }
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
