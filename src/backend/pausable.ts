import type {PauseGate} from '../util/pause-gate.js'
import type {Backend} from './backend.js'
import {wrapBackend} from './wrap.js'

/** While `gate` is paused no call of `backend` is begun; what is under way ends. */
export function pausableBackend(backend: Backend, gate: PauseGate): Backend {
  const pass = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (gate.isPaused) await gate.pass()
    return call()
  }
  return wrapBackend(backend, {
    paused: () => gate.pass(),
    put: (name, bytes, options) => pass(() => backend.put(name, bytes, options)),
    get: (name, options) => pass(() => backend.get(name, options)),
    stat: (name) => pass(() => backend.stat(name)),
    async *list(prefix) {
      await gate.pass()
      yield* backend.list(prefix)
    },
    remove: (name) => pass(() => backend.remove(name)),
  })
}
