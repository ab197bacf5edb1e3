/** Intervals for systems that know times of the clock only. */

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Nobody is to be asked more often whether something is due. */
const SHORTEST_STEP_MS = 5 * SECOND_MS

export interface IntervalGrid {
  /** Divides a minute, an hour or a day, so that times of the clock can say it. */
  stepMs: number
  /** Each step is a run; otherwise whoever comes asks whether one is due. */
  isExact: boolean
}

/** `15m` is each quarter of an hour; `90m` looks every half hour whether one is due; so do whole days, every hour, for a day may have 23 or 25. */
export function gridOf(everyMs: number): IntervalGrid {
  const fits = (unitMs: number, wholeMs: number): boolean => everyMs % unitMs === 0 && wholeMs % everyMs === 0 && everyMs < wholeMs
  if (fits(SECOND_MS, MINUTE_MS) || fits(MINUTE_MS, HOUR_MS) || fits(HOUR_MS, DAY_MS)) return {stepMs: everyMs, isExact: true}
  const stepMs = greatestDivisor(everyMs, everyMs % MINUTE_MS === 0 ? HOUR_MS : MINUTE_MS)
  return {stepMs: Math.max(stepMs, SHORTEST_STEP_MS), isExact: false}
}

/** How long before its time a run is due for those who look now and then: a run that began a moment late must not cost a whole step. */
export function earlyMsOf(everyMs: number): number {
  return Math.min(30 * SECOND_MS, everyMs / 4)
}

function greatestDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestDivisor(right, left % right)
}
