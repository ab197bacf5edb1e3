/** What a tool asked of a bucket, and what that comes to; pure numbers. */
import {costOf, type PriceTable, publishedPrices} from '../../src/operations/prices.js'
import type {RequestCounts} from '../../test/s3-server/gateway-log.js'
import type {RequestKind} from '../../test/s3-server/request-kind.js'

/** As the gateway counted it in its own log: whole requests, and the bytes of bodies without their headers. */
export interface BucketTraffic {
  requests: Partial<Record<RequestKind, number>>
  /** Bodies of PUT and POST. */
  bytesUp: number
  /** Bodies of the answers to all others, listings among them. */
  bytesDown: number
}

/** In the order of the page. */
export const BUCKET_STEPS = ['init', 'first', 'unchanged', 'restore'] as const
export type BucketStep = (typeof BUCKET_STEPS)[number]

/** The steps that storing a folder and getting it back takes: over them requests and bytes are summed for the goals. */
export const THERE_AND_BACK: readonly BucketStep[] = ['init', 'first', 'restore']

/** Round trips to the gateway, in the order of the page. */
export const LATENCIES_MS = [0, 50] as const

/** What a step is called in results: `first, 50 ms`. */
export function bucketStepName(step: BucketStep, latencyMs: number): string {
  return `${step}, ${latencyMs} ms`
}

const GIB = 2 ** 30
const TIB = 2 ** 40

/** What came between two counts of one gateway. */
export function trafficBetween(before: RequestCounts, after: RequestCounts): BucketTraffic {
  const traffic: BucketTraffic = {requests: {}, bytesUp: 0, bytesDown: 0}
  for (const [name, {requests, bytesIn, bytesOut}] of Object.entries(after)) {
    const kind = name as RequestKind
    const earlier = before[kind] ?? {requests: 0, bytesIn: 0, bytesOut: 0}
    if (requests > earlier.requests) traffic.requests[kind] = requests - earlier.requests
    traffic.bytesUp += bytesIn - earlier.bytesIn
    traffic.bytesDown += bytesOut - earlier.bytesOut
  }
  return traffic
}

/** Requests of all kinds. */
export function requestsOf({requests}: BucketTraffic): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0)
}

export function requestsPerGib(traffic: BucketTraffic, sourceBytes: number): number {
  return requestsOf(traffic) / (sourceBytes / GIB)
}

/** In dollars, at the price table that `--price-table` would replace: what a TiB of source costs if it is all like this one. */
export function costPerTib(traffic: BucketTraffic, sourceBytes: number): {requests: number; egress: number; total: number} {
  const {PUT = 0, POST = 0, LIST = 0, DELETE = 0, GET = 0, HEAD = 0, OTHER = 0} = traffic.requests
  const {bytesUp, bytesDown} = traffic
  const asked = {put: PUT + POST, list: LIST, get: GET + HEAD + OTHER, remove: DELETE, bytesUp, bytesDown, repeated: 0}
  const {requests, egress, total} = costOf(asked, AMAZON)
  const scale = TIB / sourceBytes
  return {requests: requests * scale, egress: egress * scale, total: total * scale}
}

/** Amazon's prices, as Pocket itself knows them. */
export const AMAZON: PriceTable = amazonPrices()

function amazonPrices(): PriceTable {
  const table = publishedPrices('https://s3.us-east-1.amazonaws.com')
  if (table === undefined) throw new Error("there are no prices of Amazon's")
  return table
}
