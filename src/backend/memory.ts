import {PocketError} from '../errors.js'
import {concatBytes} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import {type Access, type Backend, type GetOptions, type ListedObject, LOCAL_ACCESS, type ObjectStat, type PutOptions} from './backend.js'
import {checkObjectName, checkPrefix} from './name.js'
import {resolveRange} from './range.js'

/** A backend that keeps its objects in this process; for tests. Pass `objects` to share or inspect them, `access` to have it asked as another. */
export function createMemoryBackend(objects: Map<string, Uint8Array> = new Map(), access: Partial<Access> = {}): Backend {
  return new MemoryBackend(objects, {...LOCAL_ACCESS, ...access})
}

/** When each object was put, also for another backend on the same map. */
const putMs = new WeakMap<Uint8Array, number>()

class MemoryBackend implements Backend {
  readonly location = 'memory'
  readonly access: Access
  readonly #objects: Map<string, Uint8Array>

  constructor(objects: Map<string, Uint8Array>, access: Access) {
    this.#objects = objects
    this.access = access
  }

  async put(name: string, bytes: Uint8Array | readonly Uint8Array[], {ifAbsent}: PutOptions = {}): Promise<void> {
    checkObjectName(name)
    if (ifAbsent && this.#objects.has(name)) {
      throw new PocketError('object-exists', `cannot write '${name}' in 'memory': it is there already`)
    }
    const stored = concatBytes(bytes instanceof Uint8Array ? [bytes] : bytes)
    putMs.set(stored, Number(nowNs() / 1_000_000n))
    this.#objects.set(name, stored)
  }

  async get(name: string, {range}: GetOptions = {}): Promise<Uint8Array> {
    checkObjectName(name)
    const bytes = this.#objects.get(name)
    if (bytes === undefined) throw new PocketError('object-missing', `cannot read '${name}' in 'memory': no such object`)
    const {start, length} = resolveRange(name, bytes.length, range)
    return bytes.slice(start, start + length)
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    checkObjectName(name)
    const bytes = this.#objects.get(name)
    return bytes === undefined ? undefined : {sizeBytes: bytes.length}
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    checkPrefix(prefix)
    for (const [name, bytes] of [...this.#objects]) {
      if (name.startsWith(prefix)) yield {name, sizeBytes: bytes.length, modifiedMs: putMs.get(bytes)}
    }
  }

  async remove(name: string): Promise<void> {
    checkObjectName(name)
    this.#objects.delete(name)
  }

  async close(): Promise<void> {}
}
