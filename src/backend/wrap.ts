import type {Backend} from './backend.js'

/** `backend` with some of its calls replaced; everything else goes through as it is. */
export function wrapBackend(backend: Backend, replaced: Partial<Backend>): Backend {
  return {
    location: backend.location,
    // Known only once something has been asked.
    get endpoint() {
      return backend.endpoint
    },
    access: backend.access,
    traffic: backend.traffic,
    retention: backend.retention,
    conditionalCreate: backend.conditionalCreate,
    ...(backend.paused && {paused: () => backend.paused?.() ?? Promise.resolve()}),
    put: (name, bytes, options) => backend.put(name, bytes, options),
    get: (name, options) => backend.get(name, options),
    stat: (name) => backend.stat(name),
    list: (prefix) => backend.list(prefix),
    remove: (name) => backend.remove(name),
    close: () => backend.close(),
    ...replaced,
  }
}
