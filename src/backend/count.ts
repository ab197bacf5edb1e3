import type {Backend, ListedObject} from './backend.js'

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
  return {
    counts,
    location: backend.location,
    get endpoint() {
      return backend.endpoint
    },
    access: backend.access,
    traffic: backend.traffic,
    retention: backend.retention,
    conditionalCreate: backend.conditionalCreate,
    async put(name, bytes, options) {
      counts.put += 1
      await backend.put(name, bytes, options)
      counts.bytesUp += sizeOf(bytes)
    },
    async get(name, options) {
      counts.get += 1
      const bytes = await backend.get(name, options)
      counts.bytesDown += bytes.length
      return bytes
    },
    stat(name) {
      counts.stat += 1
      return backend.stat(name)
    },
    list(prefix): AsyncIterable<ListedObject> {
      counts.list += 1
      return backend.list(prefix)
    },
    remove(name) {
      counts.remove += 1
      return backend.remove(name)
    },
    close: () => backend.close(),
  }
}

function sizeOf(bytes: Uint8Array | readonly Uint8Array[]): number {
  if (bytes instanceof Uint8Array) return bytes.length
  return bytes.reduce((sum, part) => sum + part.length, 0)
}
