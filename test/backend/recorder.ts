/** Records what is read of a backend: which ranges, and how many at a time. */
import {setTimeout} from 'node:timers/promises'
import type {Backend, GetOptions} from '../../src/backend/backend.js'

export interface Reading {
  name: string
  /** The whole object when undefined. */
  start: number | undefined
  length: number
  isFresh: boolean
}

export interface Recorder {
  backend: Backend
  readings: Reading[]
  /** Most reads under way at one moment. */
  atOnce: () => number
}

/** `delayMs`: how long each read takes. */
export function recorder(backend: Backend, delayMs = 0): Recorder {
  const readings: Reading[] = []
  let [underWay, most] = [0, 0]
  const get = async (name: string, options: GetOptions = {}): Promise<Uint8Array> => {
    most = Math.max(most, ++underWay)
    if (delayMs > 0) await setTimeout(delayMs)
    try {
      const bytes = await backend.get(name, options)
      const start = options.range && 'start' in options.range ? options.range.start : undefined
      readings.push({name, start, length: bytes.length, isFresh: options.isFresh ?? false})
      return bytes
    } finally {
      underWay--
    }
  }
  const wrapped: Backend = {
    location: backend.location,
    access: backend.access,
    put: (name, bytes, options) => backend.put(name, bytes, options),
    get,
    stat: (name) => backend.stat(name),
    list: (prefix) => backend.list(prefix),
    remove: (name) => backend.remove(name),
    close: () => backend.close(),
  }
  return {backend: wrapped, readings, atOnce: () => most}
}

/** Bytes that were read more than once. */
export function readTwice(readings: readonly Reading[]): number {
  const ends = new Map<string, number>()
  let twice = 0
  const sorted = readings.map(({name, start = 0, length}) => ({name, start, length})).sort((a, b) => a.start - b.start)
  for (const {name, start, length} of sorted) {
    const end = ends.get(name) ?? 0
    twice += Math.max(0, Math.min(end, start + length) - start)
    ends.set(name, Math.max(end, start + length))
  }
  return twice
}
