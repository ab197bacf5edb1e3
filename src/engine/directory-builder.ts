/** One directory of a snapshot in the making: a table that is filled as its entries are listed and its files are read. */
import type {BigIntStats} from 'node:fs'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {CHANGED_WHILE_READ, type EntryError, type TreeTable} from '../format/tree.js'
import {addTotals, NO_TOTALS, type Totals} from '../format/totals.js'
import type {ByteString} from '../util/bytes.js'
import type {FileStats} from './messages.js'

const PERMISSIONS = 0o7777

/** References of an entry, as a stretch of columns that belong to someone else and do not change. */
export interface ReferenceRange {
  ids: Uint8Array
  lengths: Uint32Array
  start: number
  count: number
  depth: number
}

export class DirectoryBuilder {
  readonly path: ByteString
  /** Entries that are not complete yet, plus one while the directory is being listed. */
  pending = 1
  #names: ByteString[] = []
  readonly #types: Uint8Array
  readonly #modes: Uint16Array
  readonly #uids: Uint32Array
  readonly #gids: Uint32Array
  readonly #sizes: BigUint64Array
  readonly #mtimes: BigInt64Array
  readonly #ctimes: BigInt64Array
  readonly #inodes: BigUint64Array
  #references: (ReferenceRange | undefined)[] = []
  #targets = new Map<number, ByteString>()
  #errors: EntryError[] = []
  #below = new Map<number, Totals>()
  readonly #dropped = new Set<number>()
  /** 1 for each entry of which everything is known. */
  readonly #complete: Uint8Array

  /** `capacity`: the most entries that it will have. */
  constructor(path: ByteString, capacity: number) {
    this.path = path
    this.#types = new Uint8Array(capacity)
    this.#complete = new Uint8Array(capacity)
    this.#modes = new Uint16Array(capacity)
    this.#uids = new Uint32Array(capacity)
    this.#gids = new Uint32Array(capacity)
    this.#sizes = new BigUint64Array(capacity)
    this.#mtimes = new BigInt64Array(capacity)
    this.#ctimes = new BigInt64Array(capacity)
    this.#inodes = new BigUint64Array(capacity)
  }

  /** Adds an entry, in the order of names; returns its place. */
  add(name: ByteString, type: EntryType, stats: BigIntStats | undefined): number {
    const entry = this.#names.length
    this.#names.push(name)
    this.#references.push(undefined)
    this.#types[entry] = type
    if (!stats) return entry
    this.#modes[entry] = Number(stats.mode) & PERMISSIONS
    this.#uids[entry] = Number(stats.uid)
    this.#gids[entry] = Number(stats.gid)
    this.#mtimes[entry] = stats.mtimeNs
    this.#ctimes[entry] = stats.ctimeNs
    this.#inodes[entry] = stats.ino
    return entry
  }

  /** The metadata of a file as it was when it was read. */
  restat(entry: number, stats: FileStats): void {
    this.#modes[entry] = stats.mode & PERMISSIONS
    this.#uids[entry] = stats.uid
    this.#gids[entry] = stats.gid
    this.#mtimes[entry] = stats.mtime
    this.#ctimes[entry] = stats.ctime
    this.#inodes[entry] = stats.inode
  }

  /** The content of a file: `sizeBytes` in all, by these references. */
  setContent(entry: number, sizeBytes: bigint, references: ReferenceRange | undefined): void {
    this.#sizes[entry] = sizeBytes
    this.#references[entry] = references
    this.#complete[entry] = 1
  }

  setTarget(entry: number, target: ByteString): void {
    this.#targets.set(entry, target)
    this.#sizes[entry] = BigInt(target.length)
  }

  setTree(entry: number, {id, length}: ChunkReference, below: Totals): void {
    this.#references[entry] = {ids: id, lengths: Uint32Array.of(length), start: 0, count: 1, depth: 0}
    this.#below.set(entry, below)
    this.#complete[entry] = 1
  }

  addError(entry: number, code: string, message: string): void {
    this.#errors.push({index: entry, code, message})
    this.#complete[entry] = 1
  }

  nameOf(entry: number): ByteString {
    return this.#names[entry]
  }

  /** Leaves out an entry whose file was removed since it was listed. */
  drop(entry: number): void {
    this.#dropped.add(entry)
  }

  get isEmpty(): boolean {
    return this.#names.length === this.#dropped.size
  }

  /** What is complete by now, as a directory of its own; `below` has the trees of directories that are not. */
  partial(below: ReadonlyMap<number, {reference: ChunkReference; totals: Totals}>): DirectoryBuilder {
    const copy = new DirectoryBuilder(this.path, this.#names.length)
    copy.#names = [...this.#names]
    copy.#references = [...this.#references]
    copy.#targets = new Map(this.#targets)
    copy.#errors = [...this.#errors]
    copy.#below = new Map(this.#below)
    for (const entry of this.#dropped) copy.#dropped.add(entry)
    const columns = ['types', 'modes', 'uids', 'gids', 'sizes', 'mtimes', 'ctimes', 'inodes'] as const
    const [from, to] = [this.#columns, copy.#columns]
    for (const column of columns) to[column].set(from[column].subarray(0, this.#names.length) as never)
    for (const [entry, {reference, totals}] of below) copy.setTree(entry, reference, totals)
    for (let entry = 0; entry < this.#names.length; entry++) {
      const waits = this.#types[entry] === ENTRY_TYPE.file || this.#types[entry] === ENTRY_TYPE.directory
      if (waits && this.#complete[entry] === 0 && !below.has(entry)) copy.#dropped.add(entry)
    }
    return copy
  }

  /** The table, once nothing is pending. */
  build(): TreeTable {
    this.#leaveOutDropped()
    const length = this.#names.length
    const counts = new Uint32Array(length)
    const depths = new Uint8Array(length)
    let total = 0
    for (let entry = 0; entry < length; entry++) {
      const range = this.#references[entry]
      if (!range) continue
      counts[entry] = range.count
      depths[entry] = range.depth
      total += range.count
    }
    const ids = new Uint8Array(total * CHUNK_ID_BYTES)
    const lengths = new Uint32Array(total)
    this.#copyReferences(ids, lengths)
    return {
      length,
      names: this.#names,
      types: this.#types.subarray(0, length),
      modes: this.#modes.subarray(0, length),
      uids: this.#uids.subarray(0, length),
      gids: this.#gids.subarray(0, length),
      sizes: this.#sizes.subarray(0, length),
      mtimes: this.#mtimes.subarray(0, length),
      ctimes: this.#ctimes.subarray(0, length),
      inodes: this.#inodes.subarray(0, length),
      counts,
      depths,
      ids,
      lengths,
      targets: [...this.#targets.keys()].sort((a, b) => a - b).map((entry) => this.#targets.get(entry) as ByteString),
      errors: this.#errors.sort((a, b) => a.index - b.index),
      totals: this.totals(0, length),
    }
  }

  /** Sums over the entries from `start` to before `end` and everything below them. */
  totals(start: number, end: number): Totals {
    let totals: Totals = {...NO_TOTALS}
    for (let entry = start; entry < end; entry++) {
      const type = this.#types[entry]
      if (type === ENTRY_TYPE.file) {
        totals.files++
        totals.bytes += Number(this.#sizes[entry])
      } else if (type === ENTRY_TYPE.directory) {
        totals.directories++
        const below = this.#below.get(entry)
        if (below) totals = addTotals(totals, below)
      } else if (type === ENTRY_TYPE.link) totals.links++
      else totals.others++
    }
    for (const {index, code} of this.#errors) {
      if (index >= start && index < end && code !== CHANGED_WHILE_READ) totals.unreadable++
    }
    return totals
  }

  get #columns() {
    return {
      types: this.#types,
      modes: this.#modes,
      uids: this.#uids,
      gids: this.#gids,
      sizes: this.#sizes,
      mtimes: this.#mtimes,
      ctimes: this.#ctimes,
      inodes: this.#inodes,
    }
  }

  #leaveOutDropped(): void {
    if (this.#dropped.size === 0) return
    const kept = this.#names.map((_name, entry) => entry).filter((entry) => !this.#dropped.has(entry))
    const places = new Map(kept.map((entry, place) => [entry, place]))
    const columns = Object.values(this.#columns)
    // Each moves to a lower place, or stays: none is overwritten before it has moved.
    for (const column of columns) kept.forEach((entry, place) => column.copyWithin(place, entry, entry + 1))
    this.#names = kept.map((entry) => this.#names[entry])
    this.#references = kept.map((entry) => this.#references[entry])
    this.#targets = moveKeys(this.#targets, places)
    this.#below = moveKeys(this.#below, places)
    this.#errors = this.#errors.flatMap((error) => {
      const index = places.get(error.index)
      return index === undefined ? [] : [{...error, index}]
    })
    this.#dropped.clear()
  }

  #copyReferences(ids: Uint8Array, lengths: Uint32Array): void {
    let at = 0
    for (const range of this.#references) {
      if (!range) continue
      const end = range.start + range.count
      ids.set(range.ids.subarray(range.start * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES), at * CHUNK_ID_BYTES)
      if (range.count === 1) lengths[at] = range.lengths[range.start]
      else lengths.set(range.lengths.subarray(range.start, end), at)
      at += range.count
    }
  }
}

function moveKeys<Value>(map: ReadonlyMap<number, Value>, places: ReadonlyMap<number, number>): Map<number, Value> {
  const moved = new Map<number, Value>()
  for (const [entry, value] of map) {
    const place = places.get(entry)
    if (place !== undefined) moved.set(place, value)
  }
  return moved
}
