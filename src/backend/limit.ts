import {RateLimit} from '../util/rate-limit.js'
import type {Backend} from './backend.js'
import {wrapBackend} from './wrap.js'

export interface Limits {
  uploadBytesPerSecond: number | undefined
  downloadBytesPerSecond: number | undefined
}

/** Keeps what goes to and comes from `backend` at a rate: an object's bytes are waited for before they are put, and after they were got. */
export function limitedBackend(backend: Backend, {uploadBytesPerSecond, downloadBytesPerSecond}: Limits): Backend {
  const upload = uploadBytesPerSecond === undefined ? undefined : new RateLimit(uploadBytesPerSecond)
  const download = downloadBytesPerSecond === undefined ? undefined : new RateLimit(downloadBytesPerSecond)
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
