/** The one clock: nothing else asks the system for the time, so that tests can turn it. */

let offsetNs = 0n
let frozenNs: bigint | undefined
const originNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()

/** Nanoseconds since 1970-01-01 UTC. */
export function nowNs(): bigint {
  return (frozenNs ?? originNs + process.hrtime.bigint()) + offsetNs
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
