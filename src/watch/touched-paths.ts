/** What was touched, kept small: where much was touched in one folder, the folder with everything below stands for it. */
import type {ByteString} from '../util/bytes.js'

/** Names in one folder that are kept apart. */
const MOST_IN_FOLDER = 4096
/** Names in all; beyond it, everything counts as touched. */
const MOST_IN_ALL = 200_000

export interface TouchedEntry {
  /** Absolute. */
  path: ByteString
  isDeep: boolean
}

interface Place {
  isTouched: boolean
  isDeep: boolean
  below: Map<ByteString, Place> | undefined
}

export class TouchedPaths {
  readonly #root: Place = {isTouched: false, isDeep: false, below: undefined}
  #size = 0
  readonly #mostInFolder: number
  readonly #mostInAll: number

  constructor({mostInFolder = MOST_IN_FOLDER, mostInAll = MOST_IN_ALL} = {}) {
    this.#mostInFolder = mostInFolder
    this.#mostInAll = mostInAll
  }

  get isEmpty(): boolean {
    return !this.#root.isTouched && this.#root.below === undefined
  }

  get isEverything(): boolean {
    return this.#root.isDeep
  }

  /** `path` is absolute. */
  add(path: ByteString, isDeep: boolean): void {
    let place = this.#root
    for (const name of namesOf(path)) {
      if (place.isDeep) return
      place = this.#enter(place, name)
    }
    if (place.isDeep) return
    place.isTouched = true
    if (isDeep) this.#deepen(place)
    if (this.#size > this.#mostInAll) this.#deepen(this.#root)
  }

  addAll(other: TouchedPaths): void {
    for (const {path, isDeep} of other) this.add(path, isDeep)
  }

  /** Everything may have changed. */
  addEverything(): void {
    this.#deepen(this.#root)
  }

  /** Whether a change at `path` is no surprise: of what was touched, of what is below a folder that was with all of it, and of a folder above. */
  covers(path: ByteString): boolean {
    let place: Place | undefined = this.#root
    for (const name of namesOf(path)) {
      if (place.isDeep) return true
      place = place.below?.get(name)
      if (!place) return false
    }
    return true
  }

  *[Symbol.iterator](): Generator<TouchedEntry, void> {
    yield* entriesOf(this.#root, '')
  }

  #enter(place: Place, name: ByteString): Place {
    const known = place.below?.get(name)
    if (known) return known
    if ((place.below?.size ?? 0) >= this.#mostInFolder) {
      this.#deepen(place)
      return place
    }
    const next: Place = {isTouched: false, isDeep: false, below: undefined}
    place.below ??= new Map()
    place.below.set(name, next)
    this.#size++
    return next
  }

  #deepen(place: Place): void {
    place.isTouched = true
    place.isDeep = true
    this.#size -= countBelow(place)
    place.below = undefined
  }
}

function namesOf(path: ByteString): ByteString[] {
  return path.split('/').filter((name) => name !== '') as ByteString[]
}

function countBelow({below}: Place): number {
  let count = 0
  for (const place of below?.values() ?? []) count += 1 + countBelow(place)
  return count
}

function* entriesOf({isTouched, isDeep, below}: Place, path: string): Generator<TouchedEntry, void> {
  if (isTouched) yield {path: (path === '' ? '/' : path) as ByteString, isDeep}
  for (const [name, place] of below ?? []) yield* entriesOf(place, `${path}/${name}`)
}
