/** Joins groups of frames into what is fetched with one request each. */
import type {Access} from '../backend/backend.js'
import type {PackInfo} from '../repository/chunk-index.js'
import type {FrameGroup} from './restore-window.js'

/** Groups that lie side by side in one pack; or a single one whose frames are kept, of which nothing is fetched. */
export interface Span {
  pack: PackInfo
  groups: FrameGroup[]
  isKept: boolean
  /** Where its bytes lie in the pack, unless they are kept. */
  start: number
  length: number
}

/** The spans of `groups`, which come in the order in which they lie in their packs. */
export function* joinGroups(groups: Iterable<FrameGroup>, {gapBytes, rangeBytes}: Access): Generator<Span> {
  let span: Span | undefined
  for (const group of groups) {
    const {isKept, start, length} = group
    const {pack} = group.frames[0]
    if (isKept) {
      yield {pack, groups: [group], isKept, start, length}
      continue
    }
    const end = start + length
    if (span && span.pack === pack && start - (span.start + span.length) <= gapBytes && end - span.start <= rangeBytes) {
      span.groups.push(group)
      span.length = end - span.start
      continue
    }
    if (span) yield span
    span = {pack, groups: [group], isKept, start, length}
  }
  if (span) yield span
}
