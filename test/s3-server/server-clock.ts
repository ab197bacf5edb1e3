/** A server's clock that goes wrong, as the proxy pretends it. */

/** How far a request's date may be from the server's clock. */
const TOLERANCE_MS = 15 * 60_000

/** The time that the server pretends it is. */
export function serverTime(offsetMs: number): Date {
  return new Date(Date.now() + offsetMs)
}

/** Whether a request with this `x-amz-date`, as `20261121T154408Z`, is too far from the server's clock. */
export function isTooSkewed(date: string | undefined, offsetMs: number): boolean {
  if (date === undefined) return false
  return Math.abs(parseDate(date) - serverTime(offsetMs).getTime()) > TOLERANCE_MS
}

/** The present as `x-amz-date` has it. */
export function presentDate(): string {
  return new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
}

function parseDate(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
