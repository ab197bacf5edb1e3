/** Tree chunks as a copy sees them: references, of which each part leads to one kind of chunk. */
import {PocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {decodeTreePage, type TreeTable} from '../format/tree.js'
import type {References} from '../snapshot/read-tables.js'

/** What a reference leads to: data, a tree page, or a chunk list of this level, which is above 0. */
export type Target = number
export const DATA: Target = -1
export const TREE: Target = 0

/** References from `start` to before `end`. */
export interface Part {
  start: number
  end: number
  target: Target
}

/** `ids` is a view of the chunk's bytes. */
export interface CopyPage extends References {
  parts: Part[]
}

/** The tree chunk that `target` leads to. Throws `damaged-tree`, `format-too-new`. */
export function openPage(bytes: Uint8Array, target: Target): CopyPage {
  if (target !== TREE) return openList(bytes, target)
  const page = decodeTreePage(bytes)
  if (page.level === 0) return {ids: page.table.ids, lengths: page.table.lengths, parts: partsOf(page.table)}
  return {ids: page.ids, lengths: page.lengths, parts: [{start: 0, end: page.lengths.length, target: TREE}]}
}

function openList(bytes: Uint8Array, level: number): CopyPage {
  const list = decodeChunkList(bytes)
  if (list.level !== level) throw new PocketError('damaged-tree', `a chunk list is of level ${list.level} instead of ${level}`)
  return {ids: list.ids, lengths: list.lengths, parts: [{start: 0, end: list.lengths.length, target: level === 1 ? DATA : level - 1}]}
}

/** Neighbours that lead to the same kind are one part. */
function partsOf({length, types, counts, depths}: TreeTable): Part[] {
  const parts: Part[] = []
  let start = 0
  for (let entry = 0; entry < length; entry++) {
    if (counts[entry] === 0) continue
    const target = types[entry] === ENTRY_TYPE.directory ? TREE : depths[entry] === 0 ? DATA : depths[entry]
    const last = parts.at(-1)
    const end = start + counts[entry]
    if (last?.target === target) last.end = end
    else parts.push({start, end, target})
    start = end
  }
  return parts
}
