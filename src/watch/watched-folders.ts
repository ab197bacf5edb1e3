/**
 * The folders that inotify watches, by the numbers of their watches and as the tree that they are. One watch may be of several: of a folder that
 * is mounted in two places, and of one that was moved, until that is told.
 */
import type {ByteString} from '../util/bytes.js'

export interface WatchedFolder {
  watch: number
  /** Of a source, its whole path. */
  name: ByteString
  /** Undefined for a source. */
  parent: WatchedFolder | undefined
  readonly below: Map<ByteString, WatchedFolder>
}

export class WatchedFolders {
  readonly #byWatch = new Map<number, Set<WatchedFolder>>()
  readonly #sources = new Map<ByteString, WatchedFolder>()

  /** How many watches there are. */
  get size(): number {
    return this.#byWatch.size
  }

  of(watch: number): readonly WatchedFolder[] {
    return [...(this.#byWatch.get(watch) ?? [])]
  }

  /** What was known by that name and has another watch is known no more. */
  add(watch: number, name: ByteString, parent: WatchedFolder | undefined): WatchedFolder {
    const siblings = parent?.below ?? this.#sources
    const before = siblings.get(name)
    if (before?.watch === watch) return before
    if (before) this.remove(before)
    const folder: WatchedFolder = {watch, name, parent, below: new Map()}
    siblings.set(name, folder)
    const others = this.#byWatch.get(watch)
    if (others) others.add(folder)
    else this.#byWatch.set(watch, new Set([folder]))
    return folder
  }

  has(folder: WatchedFolder): boolean {
    return this.#byWatch.get(folder.watch)?.has(folder) ?? false
  }

  /** Takes a folder out, and all below it; gives the watches that are of no other. */
  remove(folder: WatchedFolder): number[] {
    const siblings = folder.parent?.below ?? this.#sources
    if (siblings.get(folder.name) === folder) siblings.delete(folder.name)
    const watches: number[] = []
    const rest = [folder]
    for (let next = rest.pop(); next; next = rest.pop()) {
      const others = this.#byWatch.get(next.watch)
      others?.delete(next)
      if (others?.size === 0) {
        this.#byWatch.delete(next.watch)
        watches.push(next.watch)
      }
      rest.push(...next.below.values())
    }
    return watches
  }

  pathOf(folder: WatchedFolder): ByteString {
    let path = folder.name as string
    for (let at = folder.parent; at; at = at.parent) path = at.name.endsWith('/') ? at.name + path : `${at.name}/${path}`
    return path as ByteString
  }
}
