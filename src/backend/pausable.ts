import type {PauseGate} from '../util/pause-gate.js'
import type {Backend, ConditionalCreate, Retention} from './backend.js'
import {wrapBackend} from './wrap.js'

/** While `gate` is paused no call of `backend` is begun, and no list goes on; what is under way ends. */
export function pausableBackend(backend: Backend, gate: PauseGate): Backend {
  const pass: Pass = async (call) => {
    if (gate.isPaused) await gate.pass()
    return call()
  }
  return wrapBackend(backend, {
    retention: backend.retention && pausableRetention(backend.retention, pass),
    conditionalCreate: backend.conditionalCreate && pausableProbe(backend.conditionalCreate, pass),
    paused: () => gate.pass(),
    put: (name, bytes, options) => pass(() => backend.put(name, bytes, options)),
    get: (name, options) => pass(() => backend.get(name, options)),
    stat: (name) => pass(() => backend.stat(name)),
    async *list(prefix) {
      await gate.pass()
      for await (const object of backend.list(prefix)) {
        yield object
        if (gate.isPaused) await gate.pass()
      }
    },
    remove: (name) => pass(() => backend.remove(name)),
  })
}

type Pass = <Result>(call: () => Promise<Result>) => Promise<Result>

function pausableRetention(retention: Retention, pass: Pass): Retention {
  return {
    days: retention.days,
    now: () => retention.now(),
    until: (name) => pass(() => retention.until(name)),
    extend: (name, untilMs) => pass(() => retention.extend(name, untilMs)),
  }
}

function pausableProbe(conditionalCreate: ConditionalCreate, pass: Pass): ConditionalCreate {
  return {probe: () => pass(() => conditionalCreate.probe()), assume: (support) => conditionalCreate.assume(support)}
}
