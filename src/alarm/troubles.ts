/** What is wrong with a profile, and whether a person is to be told of it again. */
import type {Occasion} from './settings.js'

export interface FoundTrouble {
  occasion: Exclude<Occasion, 'success'>
  /** The step of a run in which it showed last; it is over when that step goes well. */
  step?: string
  /** Two with the same code are the same trouble, wherever they show. */
  code: string
  message: string
  hint?: string
}

export interface Trouble extends FoundTrouble {
  /** In ms since 1970, as all times here. */
  sinceMs: number
  toldMs?: number
  /** It came back so soon that nobody was told. */
  isQuiet?: true
  endedMs?: number
}

/** What ends and comes back within it, again and again, is told once. */
const FLAPPING_MS = 60 * 60_000
const FORGET_MS = 30 * 24 * 60 * 60_000
const MOST_TROUBLES = 50

/** Notes `found` in `troubles`, and gives those of which a person is to be told now: what is new, came back, or was told `repeatMs` ago. */
export function noteTroubles(
  troubles: Trouble[],
  found: readonly FoundTrouble[],
  {nowMs, repeatMs}: {nowMs: number; repeatMs: number},
): Trouble[] {
  const told: Trouble[] = []
  const firsts = found.filter((one, place) => found.findIndex((other) => isSame(one, other)) === place)
  for (const one of firsts) {
    let trouble = troubles.find((known) => isSame(known, one))
    if (trouble === undefined) {
      trouble = {...one, sinceMs: nowMs}
      troubles.push(trouble)
    } else {
      if (trouble.endedMs !== undefined) {
        delete trouble.endedMs
        trouble.isQuiet = true
        trouble.sinceMs = nowMs
      }
      trouble.step = one.step
      trouble.message = one.message
      trouble.hint = one.hint
    }
    const quietMs = trouble.isQuiet && trouble.occasion !== 'odd' ? Math.min(repeatMs, FLAPPING_MS) : repeatMs
    if (!isOver(trouble.toldMs, quietMs, nowMs)) continue
    trouble.toldMs = nowMs
    delete trouble.isQuiet
    told.push(trouble)
  }
  return told
}

/** Ends those that `hasEnded` says, and gives those of them of which a person was told. */
export function endTroubles(troubles: Trouble[], hasEnded: (trouble: Trouble) => boolean, nowMs: number): Trouble[] {
  const ended = troubles.filter((trouble) => trouble.endedMs === undefined && hasEnded(trouble))
  for (const trouble of ended) trouble.endedMs = nowMs
  return ended.filter((trouble) => trouble.toldMs !== undefined && !trouble.isQuiet)
}

/** What is long over is forgotten. */
export function tidyTroubles(troubles: readonly Trouble[], nowMs: number): Trouble[] {
  return troubles.filter(({endedMs}) => endedMs === undefined || nowMs - endedMs < FORGET_MS).slice(-MOST_TROUBLES)
}

export function isSame(one: FoundTrouble, other: FoundTrouble): boolean {
  return one.occasion === other.occasion && one.code === other.code
}

/** A time that is yet to come is of a clock that was wrong. */
function isOver(sinceMs: number | undefined, lengthMs: number, nowMs: number): boolean {
  return sinceMs === undefined || sinceMs > nowMs || nowMs - sinceMs >= lengthMs
}
