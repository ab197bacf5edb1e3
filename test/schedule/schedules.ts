/** Schedules and times for tests. */
import type {Schedule} from '../../src/schedule/schedule.js'

export function scheduleOf(changes: Partial<Schedule> = {}): Schedule {
  return {
    name: 'home',
    profile: 'home',
    task: 'snapshot',
    trigger: {type: 'daily', atMinute: 120},
    jitterMs: 0,
    catchUp: true,
    onlyOnAc: false,
    onlyOnNetworks: [],
    isLowPriority: true,
    longestMs: undefined,
    ...changes,
  }
}

/** `2026-03-29 02:30`, in local time, or with `Z` at its end. */
export function msOf(time: string): number {
  return new Date(time.replace(' ', 'T')).getTime()
}

/** `2026-03-29T00:30Z`. */
export function textOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString().replace(/:00\.000Z$/, 'Z')
}
