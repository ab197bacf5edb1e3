/** The time that a watch goes by, so that a test can turn it. */
import {monotonicMs, nowNs} from '../util/clock.js'

export interface WatchClock {
  /** On a clock that never goes back. */
  nowMs(): number
  /** On the wall, in ms since 1970: also while the machine sleeps it goes on. */
  wallMs(): number
  /** Resolves after so many ms, or when `woken` does. */
  wait(ms: number, woken: Promise<void>): Promise<void>
}

/** Nobody tells when the machine has slept: so often the clock on the wall is looked at. */
const LONGEST_WAIT_MS = 60_000

export const REAL_CLOCK: WatchClock = {
  nowMs: monotonicMs,
  wallMs: () => Number(nowNs() / 1_000_000n),
  async wait(ms, woken) {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(ms, LONGEST_WAIT_MS))
    })
    try {
      await Promise.race([timeout, woken])
    } finally {
      clearTimeout(timer)
    }
  },
}
