/** Asks again for objects that came otherwise than they are named: what is wrong on the way is mostly right the next time. */
import type {Backend} from '../backend/backend.js'
import {wrapBackend} from '../backend/wrap.js'
import {hash} from '../crypto/blake3.js'
import {toHex} from '../util/bytes.js'
import {idInName} from './names.js'

const ATTEMPTS = 3

/** Whether `bytes` are all of the object: true for one that is not named by its hash. */
export function areNamed(name: string, bytes: Uint8Array): boolean {
  const id = idInName(name)
  return id === undefined || toHex(hash(bytes)) === id
}

/**
 * Gives whole objects on as `backend` gives them, but asks up to two more times for one that is not what its name says. The last answer is
 * given on whatever it is: then the object is damaged, and whoever wants it says so. Of ranges nothing can be told.
 */
export function verifyingBackend(backend: Backend): Backend {
  return wrapBackend(backend, {
    async get(name, options) {
      let bytes = await backend.get(name, options)
      if (options?.range !== undefined) return bytes
      for (let attempt = 1; attempt < ATTEMPTS && !areNamed(name, bytes); attempt++) bytes = await backend.get(name, options)
      return bytes
    },
  })
}
