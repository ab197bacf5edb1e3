/**
 * Stored frames that later stretches of a restore need again: in memory up to a limit, beyond it in a spool, beyond that nowhere, and then
 * they are fetched again. Which are needed is known from the references that were counted before.
 */
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {TEMPORARY_FOLDER, temporaryName} from '../backend/local-temporary.js'
import {FrameSpool} from './frame-spool.js'

export interface KeptFramesOptions {
  /** By the number of the frame: how many chunks of it have not been planned so far. Counted down here. */
  references: Uint32Array
  spool: FrameSpool
  memoryBytes?: number
}

const MEMORY_BYTES = 32 * 1024 * 1024

interface Kept {
  length: number
  /** Those that were promised it and have not read it so far. */
  readers: number
  isInMemory: boolean
  /** The bytes, or where they lie in the spool; undefined when they could not be had. */
  place: Promise<Uint8Array | number | undefined>
}

export class KeptFrames {
  readonly #references: Uint32Array
  readonly #spool: FrameSpool
  readonly #frames = new Map<number, Kept>()
  #roomBytes: number

  constructor({references, spool, memoryBytes = MEMORY_BYTES}: KeptFramesOptions) {
    this.#references = references
    this.#spool = spool
    this.#roomBytes = memoryBytes
  }

  /** Called for each chunk that is planned: its frame is needed once less. */
  planned(frame: number): void {
    if (this.#references[frame] > 0) this.#references[frame]--
  }

  /** Whether chunks of the frame will be planned later. */
  isNeeded(frame: number): boolean {
    return this.#references[frame] > 0
  }

  /** Whether the frame is here, or on its way; who is told so must `read` it once. */
  claim(frame: number): boolean {
    const kept = this.#frames.get(frame)
    if (kept) kept.readers++
    return kept !== undefined
  }

  /** Keeps a frame that is needed later, if there is room; only then `bytes` is called. */
  keep(frame: number, length: number, bytes: () => Promise<Uint8Array>): void {
    if (!this.isNeeded(frame) || this.#frames.has(frame)) return
    const isInMemory = length <= this.#roomBytes
    if (!isInMemory && !this.#spool.hasRoom(length)) return
    if (isInMemory) this.#roomBytes -= length
    // Whoever fetches the bytes hears of an error; the others fetch them again.
    const fetched = bytes().catch(() => undefined)
    this.#frames.set(frame, {length, readers: 0, isInMemory, place: isInMemory ? fetched : this.#spool.write(fetched, length)})
  }

  /** A frame that was claimed; undefined when it is not here after all. It is let go when nobody else needs it. */
  async read(frame: number): Promise<Uint8Array | undefined> {
    const kept = this.#frames.get(frame)
    if (!kept) return undefined
    const place = await kept.place
    const bytes = typeof place === 'number' ? await this.#spool.read(place, kept.length) : place
    kept.readers--
    if (kept.readers === 0 && !this.isNeeded(frame) && this.#frames.get(frame) === kept) this.drop(frame)
    return bytes
  }

  /** Lets a frame go, whoever needs it: it is damaged. */
  drop(frame: number): void {
    const kept = this.#frames.get(frame)
    if (!kept) return
    this.#frames.delete(frame)
    if (kept.isInMemory) this.#roomBytes += kept.length
  }

  async close(): Promise<void> {
    this.#frames.clear()
    await this.#spool.close()
  }
}

/**
 * Keeps frames by what `countReferences` has counted. The spool lies in the repository's folder of the cache, where what a killed run leaves
 * is swept; without a cache, where the system keeps temporary files.
 */
export function keepFrames(
  references: Uint32Array,
  {cacheDirectory, reservedBytes}: {cacheDirectory: string | undefined; reservedBytes: number},
): KeptFrames {
  const folder = cacheDirectory === undefined ? tmpdir() : join(cacheDirectory, TEMPORARY_FOLDER)
  return new KeptFrames({references, spool: new FrameSpool({path: join(folder, temporaryName()), reservedBytes})})
}
