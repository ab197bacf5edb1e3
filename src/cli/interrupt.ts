/** Ctrl-C and its kin. */
import {isPocketError, PocketError} from '../errors.js'
import {exitCodes} from './exit-codes.js'
import {endPauses} from './pausing.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface InterruptTexts {
  /** How the state that is left behind is described. */
  state: string
  hint: string
}

/**
 * Runs `work` with a signal that is aborted by the first SIGINT, SIGTERM or SIGHUP; the second one ends the process at once. `onInterrupt` is
 * called at the first. Throws `interrupted` with these texts when `work` ended so.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  onInterrupt: () => void,
  {state, hint}: InterruptTexts,
): Promise<Result> {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort()
    // What is paused ends in order, too.
    endPauses()
    onInterrupt()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  try {
    return await work(controller.signal)
  } catch (error) {
    // What would have been tried again was not, since the run was to end.
    const isBrokenOff = controller.signal.aborted && isPocketError(error) && error.retryable
    if (!isBrokenOff && !isPocketError(error, 'interrupted')) throw error
    throw new PocketError('interrupted', `interrupted; ${state}`, {hint, cause: error})
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt)
  }
}
