/** One time that a schedule was called upon: whether it is to run, under which conditions, and for how long at most. */
import type {Machine} from '../machine/machine.js'
import {giveWay} from '../machine/priority.js'
import {earlyMsOf} from '../schedule/interval-grid.js'
import {reckon} from '../schedule/reckon.js'
import type {Schedule} from '../schedule/schedule.js'
import {ownIdentity} from '../util/process-identity.js'
import {hindranceOf} from './conditions.js'
import type {RunOutcome, RunStatus} from './run-types.js'
import {type BookPlace, historyOf, isUnfinished, keep, openState, peekState} from './schedule-book.js'
import type {ScheduleState} from './schedule-state.js'

/** `delayed`: now, but for the jitter; `if-missed`: if whoever should have begun it has not. */
export const CALLS = ['now', 'delayed', 'if-due', 'if-missed'] as const
export type Call = (typeof CALLS)[number]

/** Timers of Node are no longer; who runs so long is not to be ended by it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface ScheduleCall {
  schedule: Schedule
  call: Call
  place: BookPlace
  machine: Machine
  /** Waits for the jitter. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  signal: AbortSignal
  onNotice: (text: string) => void
  /** Its signal is aborted with a `TimeoutError` when the run takes too long. */
  run: (signal: AbortSignal) => Promise<RunOutcome>
}

export type ScheduleCallOutcome =
  | {type: 'ran'; outcome: RunOutcome}
  | {type: 'put-off'; reason: string}
  | {type: 'not-due'; nextMs: number | undefined}

/**
 * Throws what `run` throws, and what keeping the state throws where a call is one of many: nothing is run that would be run again and again because
 * nobody can note it. One that comes at the schedule's time, or by hand, runs all the same: a full disk is no reason for no snapshot.
 */
export async function callSchedule(request: ScheduleCall): Promise<ScheduleCallOutcome> {
  const {schedule, place, machine, signal} = request
  const state = await openState(notingPlace(request), schedule)
  const waiting = await untilDue(request, state)
  if (waiting.type === 'not-due') return waiting
  if (waiting.waitMs > 0) await request.sleep(waiting.waitMs, signal)
  signal.throwIfAborted()
  const reason = await hindranceOf(schedule, machine)
  if (reason !== undefined) {
    await keep(notingPlace(request), schedule, {...state, putOff: {reason, sinceMs: state.putOff?.sinceMs ?? place.nowMs()}})
    return {type: 'put-off', reason}
  }
  if (schedule.isLowPriority) for (const problem of await giveWay(machine)) request.onNotice(problem)
  return {type: 'ran', outcome: await runNoted(request, state)}
}

/** The book; what cannot be noted in it of a call that comes once is told, and no more. */
function notingPlace({call, place, onNotice}: ScheduleCall): BookPlace {
  if (call === 'if-due' || call === 'if-missed') return place
  return {...place, onUnkept: (error) => onNotice(`this run is noted nowhere: ${error.message}`)}
}

async function untilDue(
  {schedule, call, place}: ScheduleCall,
  state: ScheduleState,
): Promise<{type: 'wait'; waitMs: number} | {type: 'not-due'; nextMs: number | undefined}> {
  if (call === 'now') return {type: 'wait', waitMs: 0}
  const nowMs = place.nowMs()
  const isInterval = schedule.trigger.type === 'every'
  const earlyMs = call === 'if-due' && schedule.trigger.type === 'every' ? earlyMsOf(schedule.trigger.everyMs) : 0
  const {isDue, isMissed, nextMs} = await reckon(schedule, historyOf(state), {nowMs, seed: place.seed, earlyMs})
  if (call === 'delayed') {
    const waitMs = nextMs === undefined || isInterval ? 0 : nextMs - nowMs
    return {type: 'wait', waitMs: waitMs <= schedule.jitterMs ? waitMs : 0}
  }
  return (call === 'if-due' ? isDue : isMissed && schedule.catchUp) ? {type: 'wait', waitMs: 0} : {type: 'not-due', nextMs}
}

/** The start is noted before anything is done, so that a run that kills the machine is not begun anew for ever. */
async function runNoted(request: ScheduleCall, state: ScheduleState): Promise<RunOutcome> {
  const {schedule, signal, run} = request
  const place = notingPlace(request)
  const deaths = isUnfinished(state) ? (state.deaths ?? 0) + 1 : 0
  const {firstKnownMs, trigger} = state
  const times = {firstKnownMs, trigger, lastStartMs: place.nowMs(), deaths, startBeforeMs: historyOf(state).lastStartMs}
  await keep(place, schedule, {...times, process: ownIdentity()})
  const ended = async (lastStatus: RunStatus): Promise<void> => {
    if (lastStatus === 'busy') await takeBack(place, schedule, state)
    else await keep(place, schedule, {...times, lastEndMs: place.nowMs(), lastStatus})
  }
  const timeout = schedule.longestMs === undefined ? [] : [AbortSignal.timeout(Math.min(schedule.longestMs, LONGEST_TIMER_MS))]
  try {
    const outcome = await run(AbortSignal.any([signal, ...timeout]))
    await ended(outcome.status)
    return outcome
  } catch (error) {
    await ended(signal.aborted ? 'interrupted' : 'failed')
    throw error
  }
}

/** A run that found another at work was none; unless that one has noted its end meanwhile, what was known before is known again. */
async function takeBack(place: BookPlace, schedule: Schedule, before: ScheduleState): Promise<void> {
  const now = await peekState(place, schedule)
  if (now?.process?.pid === process.pid) await keep(place, schedule, before)
}
