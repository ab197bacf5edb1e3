/** Syncs of folders, shared by all that wait for one: where many objects of a folder come or go at a time, each sync carries several. */
import {inAdvance} from '../util/concurrency.js'
import {syncFolder} from './local-files.js'

interface Turn {
  running: Promise<void>
  /** Begins when `running` has ended, and so carries whatever has happened until then. */
  next: Promise<void> | undefined
}

export class FolderSyncs {
  readonly #turns = new Map<string, Turn>()
  readonly #sync: (folder: string) => Promise<void>

  constructor(sync = syncFolder) {
    this.#sync = sync
  }

  /** Waits until the entries of `folder` are on the disk as they are now: for a sync that begins after this call. Throws as `syncFolder` does. */
  sync(folder: string): Promise<void> {
    const turn = this.#turns.get(folder)
    if (turn === undefined) return this.#begin(folder)
    turn.next ??= inAdvance(turn.running.catch(() => undefined).then(() => this.#begin(folder)))
    return turn.next
  }

  #begin(folder: string): Promise<void> {
    const turn: Turn = {running: inAdvance(this.#sync(folder)), next: undefined}
    this.#turns.set(folder, turn)
    const end = (): void => {
      if (turn.next === undefined && this.#turns.get(folder) === turn) this.#turns.delete(folder)
    }
    turn.running.then(end, end)
    return turn.running
  }
}
