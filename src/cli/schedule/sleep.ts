import {setTimeout as wait} from 'node:timers/promises'

/** Resolves after so many ms, or when `signal` is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, {signal})
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
