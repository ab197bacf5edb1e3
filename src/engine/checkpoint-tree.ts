/** The tree of a walk that is not at its end: of each open directory what is complete. */
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import type {DirectoryBuilder} from './directory-builder.js'
import {type SaveTree, saveDirectory} from './tree-writer.js'
import type {OpenVisit} from './visit.js'

interface Saved {
  reference: ChunkReference
  totals: Totals
}

/** Saves copies; the walk goes on as if nothing had been. Undefined when no file is complete. */
export function saveOpenVisits(
  open: ReadonlyMap<DirectoryBuilder, OpenVisit>,
  save: SaveTree,
): {root: ChunkReference; totals: Totals} | undefined {
  // A directory was opened after the one that it is in: the last first, so that what is below is there.
  const below = new Map<DirectoryBuilder, Map<number, Saved>>()
  let root: Saved | undefined
  for (const [builder, {parent}] of [...open].reverse()) {
    const saved = saveDirectory(builder.partial(below.get(builder) ?? new Map()), save)
    if (!parent) {
      root = saved
      continue
    }
    const siblings = below.get(parent.visit.builder) ?? new Map<number, Saved>()
    siblings.set(parent.entry, saved)
    below.set(parent.visit.builder, siblings)
  }
  return root && root.totals.files > 0 ? {root: root.reference, totals: root.totals} : undefined
}
