/** A watch on a clock that a test turns, told by the test what has changed. */
import {setImmediate} from 'node:timers/promises'
import type {Profile} from '../../src/automation/profile.js'
import type {RunOutcome, RunRequest} from '../../src/automation/run-types.js'
import type {WatchClock} from '../../src/automation/watch-clock.js'
import {watchProfile} from '../../src/automation/watch-profile.js'
import type {WatchEvent, WatchRequest} from '../../src/automation/watch-types.js'
import {isPocketError} from '../../src/errors.js'
import {openRepository, type SnapshotResult, takeSnapshot} from '../../src/index.js'
import type {WatchListener} from '../../src/watch/watcher.js'
import type {Place} from '../operations/repository-place.js'

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Time goes by only while somebody waits; at given times something happens. */
export class FakeClock implements WatchClock {
  #nowMs = 1000
  readonly #happenings: {atMs: number; happen: () => void}[] = []
  /** Added to the clock on the wall. */
  offsetMs = 1_800_000_000_000

  nowMs = (): number => this.#nowMs
  wallMs = (): number => this.#nowMs + this.offsetMs

  at(atMs: number, happen: () => void): void {
    this.#happenings.push({atMs: 1000 + atMs, happen})
    this.#happenings.sort((a, b) => a.atMs - b.atMs)
  }

  async wait(ms: number, woken: Promise<void>): Promise<void> {
    const untilMs = this.#nowMs + ms
    let isWoken = false
    void woken.then(() => (isWoken = true))
    while (!isWoken && this.#nowMs < untilMs) {
      const [next] = this.#happenings
      this.#nowMs = Math.max(this.#nowMs, Math.min(untilMs, next?.atMs ?? untilMs))
      if (next && next.atMs <= this.#nowMs) this.#happenings.shift()?.happen()
      await setImmediate()
    }
  }
}

export function profileOf(paths: readonly string[], changes: Partial<Profile> = {}): Profile {
  return {
    name: 'watched',
    paths,
    excludes: [],
    tags: [],
    host: undefined,
    compression: 'fastest',
    workers: 1,
    retention: undefined,
    prune: undefined,
    check: undefined,
    hooks: {before: [], after: [], onFailure: [], finally: []},
    alarms: {on: [], repeatMs: 0, silenceMs: undefined, channels: []},
    schedules: [],
    watch: {quietMs: 5 * SECOND_MS, longestWaitMs: 5 * MINUTE_MS, fullWalkMs: DAY_MS},
    ...changes,
  }
}

/** As `runProfile`, without journal, hooks and alarms. */
export async function runSnapshot({profile, steps, withRepository, snapshot = takeSnapshot}: RunRequest): Promise<RunOutcome> {
  try {
    if (!steps.has('snapshot')) return {id: 'run', status: 'succeeded'}
    const {paths, excludes, tags, compression, workers} = profile
    let result: SnapshotResult | undefined
    await withRepository(
      async (repository) => {
        result = await snapshot(repository, {paths, excludes, tags, compression, workers})
      },
      {isWriting: true},
    )
    return {id: 'run', status: 'succeeded', snapshot: result}
  } catch (error) {
    if (!isPocketError(error)) throw error
    return {id: 'run', status: 'failed', error}
  }
}

export interface FakeWatch {
  clock: FakeClock
  events: WatchEvent[]
  /** Of the watch that goes on at the moment. */
  listener: () => WatchListener
  /** Of each snapshot: when it was taken, why, and what came of it. */
  taken: () => string[]
  ended: Promise<unknown>
  end: () => void
  opened: () => number
}

/** Begins a watch of `place`; what happens is said to `clock` before. */
export function beginWatch(
  place: Place,
  prepare: (clock: FakeClock, watch: FakeWatch) => void,
  changes: Partial<WatchRequest> = {},
): FakeWatch {
  const clock = new FakeClock()
  const ending = new AbortController()
  const events: WatchEvent[] = []
  const lines: string[] = []
  let listener: WatchListener | undefined
  let opened = 0
  const watch: FakeWatch = {
    clock,
    events,
    listener: () => listener!,
    taken: () => lines,
    ended: Promise.resolve(),
    end: () => ending.abort(),
    opened: () => opened,
  }
  prepare(clock, watch)
  watch.ended = watchProfile({
    profile: profileOf([place.source]),
    stateDirectory: `${place.folder}/state`,
    withRepository: async (use) => {
      const repository = await openRepository({location: place.location, secret: place.secret, cacheDirectory: place.cacheDirectory})
      opened++
      try {
        return await use(repository)
      } finally {
        await repository.close()
      }
    },
    run: runSnapshot,
    signal: ending.signal,
    clock,
    startWatching: (_paths, heard) => {
      listener = heard
      return Promise.resolve({isExact: true, settle: () => Promise.resolve(), close: () => Promise.resolve()})
    },
    onEvent: (event) => {
      events.push(event)
      if (event.type === 'snapshot') lines.push(describe(event, clock.nowMs() - 1000))
    },
    ...changes,
  })
  return watch
}

function describe({reason, outcome: {status, snapshot}}: Extract<WatchEvent, {type: 'snapshot'}>, atMs: number): string {
  const walk = snapshot && (snapshot.isPartialWalk ? 'touched' : 'all')
  const what = snapshot && (snapshot.isUnchanged ? 'unchanged' : 'stored')
  return [`${atMs / SECOND_MS}s`, reason, status, walk, what].filter((part) => part !== undefined).join(' ')
}
