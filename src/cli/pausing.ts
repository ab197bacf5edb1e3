/** How this process is paused: by `pocket pause`, which leaves a mark that is looked for twice a second, or by SIGUSR1 and SIGUSR2. */
import {isPocketError, type PocketError} from '../errors.js'
import {type Registration, registerProcess} from '../machine/running-processes.js'
import {PauseGate} from '../util/pause-gate.js'
import {stateDirectory} from './places.js'

const LOOK_MS = 500
const TOPICS: ReadonlySet<string> = new Set(['schedule', 'repair', 'key', 'cache'])

const gate = new PauseGate()
let users = 0
let stop: (() => void) | undefined

export function isPaused(): boolean {
  return gate.isPaused
}

/** From now on nothing is held back any more: the process is to end. */
export function endPauses(): void {
  gate.openForGood()
}

/** Notes this process as one that can be paused, until what is returned is called. Where it cannot be noted, which is told, signals pause it all the same. */
export function becomePausable(profile: string | undefined, onWarning: (warning: PocketError) => void): {gate: PauseGate; end: () => void} {
  users++
  if (users === 1) stop = begin(profile, onWarning)
  let hasEnded = false
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    users--
    if (users === 0) stop?.()
  }
  return {gate, end}
}

function begin(profile: string | undefined, onWarning: (warning: PocketError) => void): () => void {
  let registration: Registration | undefined
  try {
    registration = registerProcess(stateDirectory(), {command: commandWords(), profile})
  } catch (error) {
    if (!isPocketError(error)) throw error
    onWarning(error)
  }
  const set = (isToPause: boolean): void => {
    // Nothing else may keep a process alive that pauses.
    if (isToPause) timer.ref()
    else timer.unref()
    if (isToPause && !gate.isPaused) gate.pause()
    if (!isToPause && gate.isPaused) gate.resume()
  }
  const timer = setInterval(() => registration && set(registration.isPaused()), LOOK_MS).unref()
  const bySignal = (isToPause: boolean) => (): void => {
    registration?.setPaused(isToPause)
    set(isToPause)
  }
  const [pause, resume] = [bySignal(true), bySignal(false)]
  if (process.platform !== 'win32') {
    process.on('SIGUSR1', pause)
    process.on('SIGUSR2', resume)
  }
  return () => {
    clearInterval(timer)
    process.off('SIGUSR1', pause)
    process.off('SIGUSR2', resume)
    registration?.end()
    set(false)
  }
}

/** Nothing of it but the names of commands: what else stands there may be anything. */
function commandWords(): string {
  const [first = '', second = ''] = process.argv.slice(2)
  if (!/^[a-z]+$/.test(first)) return 'pocket'
  return TOPICS.has(first) && /^[a-z]+$/.test(second) ? `${first} ${second}` : first
}
