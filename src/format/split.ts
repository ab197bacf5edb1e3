import type {ByteString} from '../util/bytes.js'
import {ENTRY_TYPE} from './entry-type.js'
import {CHUNK_ID_BYTES} from './reference.js'
import type {Totals} from './totals.js'
import type {EntryError, TreeTable} from './tree.js'

/**
 * Where long lists are cut, by rules that look at the entries themselves, so that an entry more or less changes one page and
 * not all that follow: docs/repository-format.md, "Splitting".
 */

/** A file with more references than this keeps them in chunk lists. */
export const MAX_INLINE_REFERENCES = 1024

const LIST_SHORTEST = 256
const LIST_LONGEST = 4096
const LIST_DIVISOR = 1024

/** A directory whose entries take at most this many bytes is one page. */
export const MAX_SINGLE_PAGE_BYTES = 512 * 1024

const PAGE_SHORTEST = 64 * 1024
const PAGE_LONGEST = 1024 * 1024
const PAGE_DIVISOR = 256 * 1024

/** The bytes of an entry's columns and the NUL after its name. */
const ENTRY_BYTES = 49
const REFERENCE_BYTES = CHUNK_ID_BYTES + 4
/** The bytes of a child's count and reference, and the NUL after its first name. */
const CHILD_BYTES = 4 + REFERENCE_BYTES + 1

/** The ends of the pages that the entries of a directory are cut into: one when they fit a single page. */
export function leafBoundaries({names, types, counts, targets}: Pick<TreeTable, 'names' | 'types' | 'counts' | 'targets'>): number[] {
  const weights = new Float64Array(names.length)
  let link = 0
  for (let entry = 0; entry < names.length; entry++) {
    weights[entry] = ENTRY_BYTES + names[entry].length + counts[entry] * REFERENCE_BYTES
    if (types[entry] === ENTRY_TYPE.link) weights[entry] += targets[link++].length + 1
  }
  return pageBoundaries(names, weights)
}

/** The ends of the branch pages that children with these first names are cut into: one when they fit a single page. */
export function branchBoundaries(firsts: readonly ByteString[]): number[] {
  return pageBoundaries(
    firsts,
    Float64Array.from(firsts, (first) => CHILD_BYTES + first.length),
  )
}

/** The ends of the chunk lists that references (32 bytes of id each) are cut into. Callers do so only above MAX_INLINE_REFERENCES. */
export function chunkListBoundaries(ids: Uint8Array): number[] {
  const view = Buffer.from(ids.buffer, ids.byteOffset, ids.length)
  const count = ids.length / CHUNK_ID_BYTES
  const ends: number[] = []
  let start = 0
  for (let end = 1; end <= count; end++) {
    const length = end - start
    const isCut = length >= LIST_SHORTEST && view.readUInt32LE(end * CHUNK_ID_BYTES - 4) % LIST_DIVISOR === 0
    if (!isCut && length < LIST_LONGEST && end < count) continue
    ends.push(end)
    start = end
  }
  return ends
}

/** `table` cut at `ends`: views of its columns, the errors of each page with it. The caller knows the totals of a range of entries. */
export function splitTable(table: TreeTable, ends: readonly number[], totalsOf: (start: number, end: number) => Totals): TreeTable[] {
  const cursor = {entry: 0, reference: 0, link: 0}
  const errors = table.errors.toSorted((a, b) => b.index - a.index)
  return ends.map((end) => {
    const start = {...cursor}
    for (; cursor.entry < end; cursor.entry++) {
      cursor.reference += table.counts[cursor.entry]
      if (table.types[cursor.entry] === ENTRY_TYPE.link) cursor.link++
    }
    return {
      ...sliceColumns(table, start.entry, end),
      ids: table.ids.subarray(start.reference * CHUNK_ID_BYTES, cursor.reference * CHUNK_ID_BYTES),
      lengths: table.lengths.subarray(start.reference, cursor.reference),
      targets: table.targets.slice(start.link, cursor.link),
      owners: table.owners,
      errors: takeErrors(errors, start.entry, end),
      totals: totalsOf(start.entry, end),
      extras: table.extras,
    }
  })
}

/** FNV-1a, 32 bits, over the bytes of a name. */
export function fnv1a32(name: ByteString): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

function pageBoundaries(names: readonly ByteString[], weights: Float64Array): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total <= MAX_SINGLE_PAGE_BYTES) return [names.length]
  const ends: number[] = []
  let weight = 0
  for (let entry = 0; entry < names.length; entry++) {
    weight += weights[entry]
    const isCut = weight >= PAGE_SHORTEST && fnv1a32(names[entry]) % PAGE_DIVISOR < weights[entry]
    if (!isCut && weight < PAGE_LONGEST && entry + 1 < names.length) continue
    ends.push(entry + 1)
    weight = 0
  }
  return ends
}

/** Takes off the end of `errors`, which are sorted downwards, those of the entries before `end`. */
function takeErrors(errors: EntryError[], start: number, end: number): EntryError[] {
  const taken: EntryError[] = []
  for (let last = errors.at(-1); last !== undefined && last.index < end; last = errors.at(-1)) {
    taken.push({...last, index: last.index - start})
    errors.pop()
  }
  return taken
}

type Columns = Omit<TreeTable, 'ids' | 'lengths' | 'targets' | 'owners' | 'errors' | 'totals' | 'extras'>

function sliceColumns(table: TreeTable, start: number, end: number): Columns {
  return {
    length: end - start,
    names: table.names.slice(start, end),
    types: table.types.subarray(start, end),
    modes: table.modes.subarray(start, end),
    uids: table.uids.subarray(start, end),
    gids: table.gids.subarray(start, end),
    sizes: table.sizes.subarray(start, end),
    mtimes: table.mtimes.subarray(start, end),
    ctimes: table.ctimes.subarray(start, end),
    inodes: table.inodes.subarray(start, end),
    counts: table.counts.subarray(start, end),
    depths: table.depths.subarray(start, end),
  }
}
