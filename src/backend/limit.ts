import type {Rate} from '../util/rate-timetable.js'
import {flowLimit} from '../util/timed-rate-limit.js'
import type {Backend} from './backend.js'
import {wrapBackend} from './wrap.js'

export interface Limits {
  uploadBytesPerSecond: Rate | undefined
  downloadBytesPerSecond: Rate | undefined
}

/** Keeps what goes to and comes from `backend` at a rate: an object's bytes are waited for before they are put, and after they were got. */
export function limitedBackend(backend: Backend, {uploadBytesPerSecond, downloadBytesPerSecond}: Limits): Backend {
  const upload = flowLimit(uploadBytesPerSecond)
  const download = flowLimit(downloadBytesPerSecond)
  return wrapBackend(backend, {
    async put(name, bytes, options) {
      await upload?.take(bytes instanceof Uint8Array ? bytes.length : bytes.reduce((sum, part) => sum + part.length, 0))
      await backend.put(name, bytes, options)
    },
    async get(name, options) {
      const bytes = await backend.get(name, options)
      await download?.take(bytes.length)
      return bytes
    },
  })
}
