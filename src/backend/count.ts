import type {Backend} from './backend.js'
import {wrapBackend} from './wrap.js'

/** Calls begun, failed ones too, by verb; bytes of the objects that were put and got with success. */
export interface BackendCounts {
  put: number
  get: number
  stat: number
  list: number
  remove: number
  bytesUp: number
  bytesDown: number
}

export interface CountedBackend extends Backend {
  readonly counts: Readonly<BackendCounts>
}

/** Counts what is asked of `backend`; `counts` is live. */
export function countedBackend(backend: Backend): CountedBackend {
  const counts: BackendCounts = {put: 0, get: 0, stat: 0, list: 0, remove: 0, bytesUp: 0, bytesDown: 0}
  const counted = wrapBackend(backend, {
    async put(name, bytes, options) {
      counts.put += 1
      await backend.put(name, bytes, options)
      counts.bytesUp += sizeOf(bytes)
    },
    async get(name, options) {
      counts.get += 1
      const before = options?.sink?.receivedBytes ?? 0
      const bytes = await backend.get(name, options)
      counts.bytesDown += bytes.length + (options?.sink?.receivedBytes ?? 0) - before
      return bytes
    },
    stat(name) {
      counts.stat += 1
      return backend.stat(name)
    },
    list(prefix) {
      counts.list += 1
      return backend.list(prefix)
    },
    remove(name) {
      counts.remove += 1
      return backend.remove(name)
    },
  })
  return Object.assign(counted, {counts})
}

function sizeOf(bytes: Uint8Array | readonly Uint8Array[]): number {
  if (bytes instanceof Uint8Array) return bytes.length
  return bytes.reduce((sum, part) => sum + part.length, 0)
}
