/** What docs/benchmarks.md says of requests, bytes and costs. */
import type {RequestKind} from '../../test/s3-server/request-kind.js'
import type {Sample, StepResult, WorkloadResult} from '../results.js'
import {
  AMAZON,
  BUCKET_STEPS,
  type BucketStep,
  bucketStepName,
  type BucketTraffic,
  costPerTib,
  LATENCIES_MS,
  requestsOf,
  requestsPerGib,
} from '../s3/figures.js'
import {median} from '../statistics.js'
import {runnersOf, table} from './table.js'
import {amount} from './units.js'

/** `OTHER` is shown with the sum only: no tool makes such. */
const KINDS: readonly RequestKind[] = ['PUT', 'POST', 'GET', 'HEAD', 'LIST', 'DELETE']

/** Columns that follow those of a step; none where the repository is not in a bucket. */
export function trafficHeads(samples: readonly Sample[]): string[] {
  return samples.some(({traffic}) => traffic !== undefined) ? ['requests', 'up', 'down'] : []
}

export function trafficCells(own: readonly Sample[]): string[] {
  if (trafficHeads(own).length === 0) return []
  return [
    count(medianOf(own, requestsOf)),
    amount(medianOf(own, ({bytesUp}) => bytesUp)),
    amount(medianOf(own, ({bytesDown}) => bytesDown)),
  ]
}

/** The requests of all steps by kind. */
export function kindsTable(result: WorkloadResult): string {
  return `
### Requests by kind

${table(
  ['', '', ...KINDS, 'all'],
  result.steps.flatMap((step) => kindRows(result, step)),
)}`
}

/** What requests and bytes come to for a source of a GiB or TiB, and how the tools were told of the bucket. */
export function costsTable(result: WorkloadResult): string {
  return `
### Requests a GiB, and what a TiB costs

Of source, if all of it is like this one, at the prices of ${AMAZON.name}: ${price(AMAZON.put)} for 1,000 PUT, POST or LIST,
${price(AMAZON.get)} for 1,000 GET or HEAD, nothing for a DELETE, ${price(AMAZON.egress)} for each GiB that leaves the region. Keeping the bytes is not in it.

${table(['', '', 'requests a GiB', 'requests a TiB cost', 'bytes down a TiB cost', 'together'], costRows(result))}
### Commands

${COMMANDS}`
}

function kindRows({runners}: WorkloadResult, {name, samples}: StepResult): string[][] {
  return runnersOf(samples).map((runner) => {
    const own = samples.filter((sample) => sample.runner === runner)
    const kinds = KINDS.map((kind) => count(medianOf(own, ({requests}) => requests[kind] ?? 0)))
    return [name, runners[runner] ?? runner, ...kinds, count(medianOf(own, requestsOf))]
  })
}

function costRows({runners, steps, sourceBytes = Number.NaN}: WorkloadResult): string[][] {
  const asked: BucketStep[] = BUCKET_STEPS.filter((step) => step !== 'init')
  return LATENCIES_MS.flatMap((latencyMs) => asked.map((step) => bucketStepName(step, latencyMs))).flatMap((name) => {
    const samples = steps.find((step) => step.name === name)?.samples ?? []
    return runnersOf(samples).map((runner) => {
      const own = samples.filter((sample) => sample.runner === runner)
      const cost = (part: 'requests' | 'egress' | 'total'): string =>
        dollars(medianOf(own, (traffic) => costPerTib(traffic, sourceBytes)[part]))
      const perGib = medianOf(own, (traffic) => requestsPerGib(traffic, sourceBytes))
      return [name, runners[runner] ?? runner, perGib.toFixed(1), cost('requests'), cost('egress'), cost('total')]
    })
  })
}

function medianOf(own: readonly Sample[], figure: (traffic: BucketTraffic) => number): number {
  return median(own.flatMap(({traffic}) => (traffic === undefined ? [] : [figure(traffic)])))
}

/** The median of an even number of rounds may lie between two counts. */
function count(value: number): string {
  return value.toLocaleString('en', {maximumFractionDigits: 1})
}

function dollars(value: number): string {
  return value < 0.01 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`
}

/** As published, with all its digits. */
function price(value: number): string {
  return `$${value}`
}

const COMMANDS = `Both with \`AWS_ACCESS_KEY_ID\` and \`AWS_SECRET_ACCESS_KEY\`; restic with \`AWS_DEFAULT_REGION\`, too.

| tool | repository | endpoint |
|---|---|---|
| pocket | \`--repository s3://BUCKET/PREFIX\` | \`POCKET_ENDPOINT=http://127.0.0.1:PORT POCKET_REGION=REGION\` |
| restic | \`--repo s3:http://127.0.0.1:PORT/BUCKET/PREFIX\` | in the repository |
`
