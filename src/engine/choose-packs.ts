/** Which packs a check reads: those that were verified longest ago first, so that one after the other all are. */
import {randomInt} from 'node:crypto'
import type {ObjectId} from '../id.js'
import type {PackInfo} from '../repository/chunk-index.js'

/** All packs, so many percent or bytes of them, or the `part`-th of `of` parts that are the same each time. */
export type DataSubset =
  | {type: 'all'}
  | {type: 'percent'; percent: number}
  | {type: 'bytes'; bytes: number}
  | {type: 'part'; part: number; of: number}

export interface PackChoice {
  subset: DataSubset
  /** When a pack was verified last, in ms since 1970; undefined when it never was. */
  lastMs: (id: ObjectId) => number | undefined
  /** What was verified at this time or later is left out; undefined leaves out nothing. */
  sinceMs?: number
}

/** In the order in which they are to be read: never verified ones first, by chance among those of one time. */
export function choosePacks<Pack extends Pick<PackInfo, 'id' | 'sizeBytes'>>(
  packs: readonly Pack[],
  {subset, lastMs, sinceMs}: PackChoice,
): Pack[] {
  const timeOf = new Map(packs.map(({id}) => [id, lastMs(id)]))
  const isDue = ({id}: Pack): boolean => {
    const time = timeOf.get(id)
    return time === undefined || sinceMs === undefined || time < sinceMs
  }
  const order = ({id}: Pack): number => timeOf.get(id) ?? Number.NEGATIVE_INFINITY
  // The sort is stable: what is equal stays shuffled.
  const due = shuffled(packs.filter(isDue)).sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)))
  if (subset.type === 'all') return due
  if (subset.type === 'part') return due.filter(({id}) => Number.parseInt(id.slice(0, 12), 16) % subset.of === subset.part - 1)
  const total = packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
  let left = subset.type === 'bytes' ? subset.bytes : (total * subset.percent) / 100
  return due.filter(({sizeBytes}) => {
    const isTaken = left > 0
    left -= sizeBytes
    return isTaken
  })
}

function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items]
  for (let place = mixed.length - 1; place > 0; place--) {
    const other = randomInt(place + 1)
    ;[mixed[place], mixed[other]] = [mixed[other], mixed[place]]
  }
  return mixed
}
