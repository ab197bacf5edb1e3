/** How this process is paused: by `pocket pause`, which leaves a mark that is looked for twice a second, or by SIGUSR1 and SIGUSR2. */
import {isPocketError, type PocketError} from '../errors.js'
import {type Registration, registerProcess} from '../machine/running-processes.js'
import {PauseGate} from '../util/pause-gate.js'
import {stateDirectory} from './places.js'

const LOOK_MS = 500
const TOPICS: ReadonlySet<string> = new Set(['schedule', 'repair', 'key', 'cache'])

const gate = new PauseGate()
const listeners = new Set<() => void>()
let current: PausableWork | undefined
let hearsSignals = false

export function isPaused(): boolean {
  return gate.isPaused
}

/** Resolves when nothing is to pause. */
export function untilResumed(): Promise<void> {
  return gate.pass()
}

/** From now on nothing is held back any more: the process is to end. */
export function endPauses(): void {
  gate.openForGood()
}

/** `listener` is called whenever a pause begins or ends. */
export function onPauseChange(listener: () => void): void {
  listeners.add(listener)
}

/** Does `work`, which can be paused until it ends: by signals from now on, by `pocket pause` from when `noteProcess` is called. */
export async function pausable<Result>(work: () => Promise<Result>): Promise<Result> {
  if (current !== undefined) return work()
  hearSignals()
  const pausableWork = new PausableWork()
  current = pausableWork
  try {
    return await work()
  } finally {
    current = undefined
    pausableWork.end()
  }
}

/** Notes this process for `pocket pause`, once, and gives what holds it back; undefined outside of `pausable`. Where it cannot be noted, which is told, signals pause it all the same. */
export function noteProcess(profile: string | undefined, onWarning: (warning: PocketError) => void): PauseGate | undefined {
  current?.note(profile, onWarning)
  return current && gate
}

/** They are heard to the end: the system would end the process at one that comes late, and Node let a debugger in. */
function hearSignals(): void {
  if (hearsSignals || process.platform === 'win32') return
  hearsSignals = true
  process.on('SIGUSR1', () => current?.signal(true))
  process.on('SIGUSR2', () => current?.signal(false))
}

class PausableWork {
  readonly #timer = setInterval(() => this.#look(), LOOK_MS).unref()
  /** Also when the process ends at once: at a second Ctrl-C, or without anybody to read what it prints. */
  readonly #leave = (): void => this.#attempt(() => this.#registration?.end())
  #registration: Registration | undefined
  #onWarning: ((warning: PocketError) => void) | undefined
  /** What a signal has asked for that no mark tells. */
  #unmarked: boolean | undefined
  #hasFailed = false

  note(profile: string | undefined, onWarning: (warning: PocketError) => void): void {
    if (this.#onWarning) return
    this.#onWarning = onWarning
    this.#attempt(() => {
      this.#registration = registerProcess(stateDirectory(), {command: commandWords(), profile})
    })
    process.once('exit', this.#leave)
    if (gate.isPaused) this.#mark(true)
  }

  signal(isToPause: boolean): void {
    this.#mark(isToPause)
    this.#set(isToPause)
  }

  end(): void {
    clearInterval(this.#timer)
    process.off('exit', this.#leave)
    this.#leave()
    this.#set(false)
  }

  #mark(isToPause: boolean): void {
    this.#unmarked = isToPause
    const registration = this.#registration
    if (!registration) return
    this.#attempt(() => {
      registration.setPaused(isToPause)
      this.#unmarked = undefined
    })
  }

  #look(): void {
    this.#attempt(() => this.#set(this.#unmarked ?? this.#registration?.isPaused() ?? false))
  }

  #set(isToPause: boolean): void {
    // Nothing else may keep a process alive that pauses.
    if (isToPause) this.#timer.ref()
    else this.#timer.unref()
    const wasPaused = gate.isPaused
    if (isToPause) gate.pause()
    else gate.resume()
    if (gate.isPaused !== wasPaused) for (const listener of listeners) listener()
  }

  /** A state folder that fails is told once, and what is asked for through it counts no more; the work goes on. */
  #attempt(change: () => void): void {
    try {
      change()
    } catch (error) {
      if (!isPocketError(error)) throw error
      if (!this.#hasFailed) this.#onWarning?.(error)
      this.#hasFailed = true
    }
  }
}

/** Nothing of it but the names of commands: what else stands there may be anything. */
function commandWords(): string {
  const [first = '', second = ''] = process.argv.slice(2)
  if (!/^[a-z]+$/.test(first)) return 'pocket'
  return TOPICS.has(first) && /^[a-z]+$/.test(second) ? `${first} ${second}` : first
}
