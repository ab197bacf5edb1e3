/**
 * A repository that stays open from one run to the next, since opening it costs more than a small snapshot. After an error that is not about the
 * files that are saved it is closed, and the next run opens it anew.
 */
import {type ErrorCode, isPocketError, type PocketError} from '../errors.js'
import type {Repository} from '../operations/open-repository.js'
import type {RunRequest} from './run-types.js'

type OpenRepository = RunRequest['withRepository']
type OnWarning = (warning: PocketError) => void

/** What says nothing of the repository. */
const OF_SOURCES: ReadonlySet<ErrorCode> = new Set(['interrupted', 'path-missing', 'source-unreadable', 'usage', 'hook-failed'])

interface Kept {
  repository: Repository
  release: () => void
  /** Settles when it is closed. */
  closed: Promise<void>
}

export class KeptRepository {
  readonly #open: OpenRepository
  readonly #onWarning: OnWarning
  #kept: Promise<Kept> | undefined
  /** Who keeps a journal at the moment, and is told of warnings; people are told by whoever has opened it. */
  #listener: OnWarning | undefined

  /** `onWarning` is told of what goes wrong while it is closed. */
  constructor(open: OpenRepository, onWarning: OnWarning) {
    this.#open = open
    this.#onWarning = onWarning
  }

  /** As that of a run, one use at a time. */
  readonly withRepository: OpenRepository = async (use, options) => {
    const {repository} = await (this.#kept ??= this.#begin())
    this.#listener = options.onWarning
    try {
      return await use(repository)
    } catch (error) {
      if (!isPocketError(error) || !OF_SOURCES.has(error.code)) await this.close()
      throw error
    } finally {
      this.#listener = undefined
    }
  }

  /** What goes wrong while it is closed is told as a warning. */
  async close(): Promise<void> {
    const kept = this.#kept
    this.#kept = undefined
    if (!kept) return
    const {release, closed} = await kept
    release()
    try {
      await closed
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.#onWarning(error)
    }
  }

  #begin(): Promise<Kept> {
    const onWarning: OnWarning = (warning) => this.#listener?.(warning)
    const opening = new Promise<Kept>((resolve, reject) => {
      const closed = this.#open(
        (repository) =>
          new Promise<void>((release) => {
            repository.keepIndex()
            queueMicrotask(() => resolve({repository, release, closed}))
          }),
        {isWriting: true, onWarning},
      )
      closed.catch(reject)
    })
    opening.catch(() => {
      // Who waits for it hears of the error; the next one tries again.
      if (this.#kept === opening) this.#kept = undefined
    })
    return opening
  }
}
