/** The one clock: nothing else asks the system for the time, so that tests can turn it. */

let offsetNs = 0n
let frozenNs: bigint | undefined

const NS_PER_MS = 1_000_000n
/** More than the clocks drift apart in an hour, and less than anybody notices. */
const TOLERANCE_NS = 50n * NS_PER_MS

/**
 * The clock on the wall in nanoseconds since 1970-01-01 UTC: by `dateMs`, and between its milliseconds by `steadyNs`, which may stand still while the
 * machine sleeps and knows nothing of a clock that is set. Where the two are apart, `dateMs` is right.
 */
export function wallClock(dateMs: () => number, steadyNs: () => bigint): () => bigint {
  let originNs: bigint | undefined
  return () => {
    for (;;) {
      const date = BigInt(dateMs()) * NS_PER_MS
      const steady = steadyNs()
      originNs ??= date - steady
      const lag = date - (originNs + steady)
      if (lag <= TOLERANCE_NS && lag >= -TOLERANCE_NS) return originNs + steady
      // Unless it was another process's turn between the two.
      if (BigInt(dateMs()) * NS_PER_MS - date < TOLERANCE_NS) originNs = date - steady
    }
  }
}

const wallNs = wallClock(
  () => Date.now(),
  () => process.hrtime.bigint(),
)

/** Nanoseconds since 1970-01-01 UTC, by the clock on the wall, as it is set and goes on while the machine sleeps. */
export function nowNs(): bigint {
  return (frozenNs ?? wallNs()) + offsetNs
}

/** Milliseconds on a clock that never goes back; only differences mean something. */
export function monotonicMs(): number {
  return performance.now()
}

/** Has the wall clock of this process stand still, but for `shiftClock`, or go on; for tests. */
export function freezeClock(atNs: bigint | undefined): void {
  frozenNs = atNs
}

/** Moves the wall clock of this process, for tests. */
export function shiftClock(deltaNs: bigint): void {
  offsetNs += deltaNs
}
