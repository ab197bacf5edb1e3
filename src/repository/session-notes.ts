/**
 * What a write session notes in the local cache: that it is under way (session-marker.ts), and when the packs were listed last. Without a
 * cache, or with one that cannot be used, nothing is known: then the packs are listed, and those that are in no index looked for.
 */
import {fileError, isPocketError} from '../errors.js'
import {isListedLately, noteListing} from './pack-listing.js'
import type {Repository} from './repository.js'
import {findDeadMarkers, placeMarker, removeMarkers, type SessionMarker} from './session-marker.js'

interface Known {
  cacheDirectory: string
  marker: SessionMarker
  /** Of sessions that died, as paths. */
  dead: readonly string[]
  isListedLately: boolean
}

export class SessionNotes {
  readonly #repository: Repository
  readonly #known: Known | undefined

  private constructor(repository: Repository, known: Known | undefined) {
    this.#repository = repository
    this.#known = known
  }

  /** Notes that a session is under way. What fails with the cache is told, and is as if there were none. */
  static async open(repository: Repository): Promise<SessionNotes> {
    const {cacheDirectory} = repository
    if (cacheDirectory === undefined) return new SessionNotes(repository, undefined)
    try {
      const dead = await findDeadMarkers(cacheDirectory)
      const listed = await isListedLately(cacheDirectory)
      const marker = await placeMarker(cacheDirectory)
      return new SessionNotes(repository, {cacheDirectory, marker, dead, isListedLately: listed})
    } catch (error) {
      warn(repository, error, `cannot keep notes in the cache '${cacheDirectory}'`)
      return new SessionNotes(repository, undefined)
    }
  }

  /** Whether a session may have died and left packs that no index names. */
  get mayHaveOrphans(): boolean {
    return this.#known === undefined || this.#known.dead.length > 0
  }

  /** Whether the packs have been listed within a day. */
  get isListedLately(): boolean {
    return this.#known?.isListedLately ?? false
  }

  /** Called when the packs have been listed, and the index is as the listing says. */
  async noteListing(): Promise<void> {
    const known = this.#known
    if (known) await this.#attempt(() => noteListing(known.cacheDirectory), 'keep notes in')
  }

  /** Called when everything is indexed, that of sessions that died too. A marker that stays makes the next session look for orphans, and find none. */
  async remove(): Promise<void> {
    const known = this.#known
    if (!known) return
    await this.#attempt(async () => {
      await known.marker.remove()
      await removeMarkers(known.dead)
    }, 'remove notes from')
  }

  /** Called when the session ends before it has put anything. */
  async withdraw(): Promise<void> {
    const known = this.#known
    if (known) await this.#attempt(() => known.marker.remove(), 'remove notes from')
  }

  /** Leaves what could not be indexed to the next session. */
  abandon(): void {
    this.#known?.marker.abandon()
  }

  async #attempt(work: () => Promise<void>, verb: string): Promise<void> {
    try {
      await work()
    } catch (error) {
      warn(this.#repository, error, `cannot ${verb} the cache '${this.#repository.cacheDirectory}'`)
    }
  }
}

/** Tells of an error of the disk; anything else is a bug and thrown on. */
function warn(repository: Repository, error: unknown, what: string): void {
  const warning = fileError(error, what)
  if (!isPocketError(warning)) throw error
  repository.onWarning(warning)
}
