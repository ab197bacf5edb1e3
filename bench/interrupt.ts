import {PocketError} from '../src/errors.js'

let isInterrupted = false

/** From now on the first Ctrl-C ends the run at the next measurement, with everything put back; a second one ends it at once. */
export function watchInterrupt(onInterrupt: () => void): void {
  process.once('SIGINT', () => {
    isInterrupted = true
    onInterrupt()
  })
}

/** Throws `interrupted` once Ctrl-C was pressed. */
export function throwIfInterrupted(): void {
  if (isInterrupted) throw new PocketError('interrupted', 'interrupted')
}
