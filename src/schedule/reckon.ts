/** Whether a schedule is to run now, and when it will be. Everything is reckoned anew from what is known, so that no jump of a clock can do harm for long. */
import {describeTrigger} from './describe-trigger.js'
import {jitterOf} from './jitter.js'
import {type CalendarTrigger, occurrenceAfter, occurrenceUntil} from './occurrences.js'
import type {Schedule} from './schedule.js'

/** What is known of a schedule's runs, by the wall clock. */
export interface History {
  /** Since when it is watched over: nothing before that was missed. */
  firstKnownMs: number
  /** When the last run began. */
  lastStartMs: number | undefined
  /** As of `describeTrigger`, when it was looked at last. */
  trigger?: string
}

export interface Moment {
  nowMs: number
  /** What sets this machine apart from others, for the jitter. */
  seed: string
}

export interface Reckoning {
  /** A run is to begin now. */
  isDue: boolean
  /** It is due, and whoever should have begun it has not. */
  isMissed: boolean
  /** When the next run begins if nothing hinders it; `nowMs` when one is due. Undefined when there is none to come. */
  nextMs: number | undefined
}

/** A run that begins no later than so many ms after its time is on time. */
export const LATE_MS = 5 * 60_000

const HOUR_MS = 3_600_000

/** What is to be run, its jitter counted in or not. */
interface Outstanding {
  occurrenceMs: number
  /** The jitter is below this. */
  jitterBelowMs: number
}

/** However many times were missed, there is one run to make up for them. `earlyMs`: a run is due so many ms before its time. */
export async function reckon(
  schedule: Schedule,
  history: History,
  {nowMs, seed, earlyMs = 0}: Moment & {earlyMs?: number},
): Promise<Reckoning> {
  const {last, next} = await nearest(schedule, history, nowMs + earlyMs)
  const startOf = ({occurrenceMs, jitterBelowMs}: Outstanding): number =>
    occurrenceMs + jitterOf({seed, name: schedule.name, occurrenceMs, mostMs: jitterBelowMs})
  const isOpen = last !== undefined && (schedule.catchUp || nowMs <= startOf(last) + LATE_MS)
  const isDue = isOpen && nowMs + earlyMs >= startOf(last)
  const isMissed = isDue && nowMs > last.occurrenceMs + last.jitterBelowMs + LATE_MS
  const nextMs = isDue ? nowMs : isOpen ? startOf(last) : next === undefined ? undefined : startOf(next)
  return {isDue, isMissed, nextMs}
}

/** The last occurrence that no run has begun for, and the first one to come. */
async function nearest(schedule: Schedule, history: History, nowMs: number): Promise<{last?: Outstanding; next?: Outstanding}> {
  const {trigger} = schedule
  if (trigger.type === 'every') return nearestOfInterval(schedule, history, {nowMs, everyMs: trigger.everyMs})
  const [lastMs, nextMs] = [await occurrenceUntil(trigger, nowMs), await occurrenceAfter(trigger, nowMs)]
  const isOpen = lastMs !== undefined && lastMs > Math.max(history.firstKnownMs, history.lastStartMs ?? 0)
  return {
    ...(isOpen && {last: await outstanding(schedule, trigger, lastMs)}),
    ...(nextMs !== undefined && {next: await outstanding(schedule, trigger, nextMs)}),
  }
}

/** A jitter longer than half the way to the next occurrence could put off a run for ever. */
async function outstanding({jitterMs}: Schedule, trigger: CalendarTrigger, occurrenceMs: number): Promise<Outstanding> {
  if (jitterMs === 0) return {occurrenceMs, jitterBelowMs: 0}
  const followingMs = await occurrenceAfter(trigger, occurrenceMs)
  const jitterBelowMs = followingMs === undefined ? jitterMs : Math.min(jitterMs, (followingMs - occurrenceMs) / 2)
  return {occurrenceMs, jitterBelowMs}
}

/** The first run is at once, every other so long after the one before it began. */
function nearestOfInterval(
  {catchUp, jitterMs}: Schedule,
  {firstKnownMs, lastStartMs}: History,
  {nowMs, everyMs}: {nowMs: number; everyMs: number},
): {last?: Outstanding; next: Outstanding} {
  const jitterBelowMs = Math.min(jitterMs, everyMs / 2)
  const at = (occurrenceMs: number): Outstanding => ({occurrenceMs, jitterBelowMs})
  const firstMs = lastStartMs === undefined ? firstKnownMs : lastStartMs + everyMs
  if (firstMs > nowMs) return {next: at(firstMs)}
  const passedMs = Math.floor((nowMs - firstMs) / everyMs) * everyMs
  return {last: at(catchUp ? firstMs : firstMs + passedMs), next: at(firstMs + passedMs + everyMs)}
}

/**
 * `history` as it may be believed at `nowMs`. Of a clock that was put back, what lies in the future is taken for now, so that it does not keep runs from
 * beginning until then; a little is waited for, lest a run of just now is done twice. Times of a trigger that was changed meanwhile are not missed before
 * that is noticed. The same object when nothing is wrong with it.
 */
export async function settleHistory<Known extends History>({trigger}: Schedule, history: Known, nowMs: number): Promise<Known> {
  const words = describeTrigger(trigger)
  const isChanged = history.trigger !== words
  const firstKnownMs = isChanged && history.trigger !== undefined ? nowMs : Math.min(history.firstKnownMs, nowMs)
  let {lastStartMs} = history
  if (lastStartMs !== undefined && lastStartMs > nowMs && lastStartMs - nowMs > (await patience(trigger, lastStartMs))) lastStartMs = nowMs
  const isSettled = !isChanged && firstKnownMs === history.firstKnownMs && lastStartMs === history.lastStartMs
  return isSettled ? history : {...history, firstKnownMs, lastStartMs, trigger: words}
}

async function patience(trigger: Schedule['trigger'], atMs: number): Promise<number> {
  if (trigger.type === 'every') return 0
  const [before, after] = [await occurrenceUntil(trigger, atMs), await occurrenceAfter(trigger, atMs)]
  return Math.min(HOUR_MS, before === undefined || after === undefined ? HOUR_MS : after - before)
}
