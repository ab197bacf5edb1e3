/** What Pocket wants to reach, checked against results; docs/benchmarks.md begins with it. */
import type {Sample, WorkloadResult} from './results.js'
import {type BucketTraffic, bucketStepName, LATENCIES_MS, requestsOf, THERE_AND_BACK} from './s3/figures.js'
import {median} from './statistics.js'

export interface GoalOutcome {
  goal: string
  target: string
  measured: string
  isMet: boolean
}

interface Goal {
  workload: string
  title: string
  target: string
  /** The measured figure, or undefined when a result lacks what it takes. */
  measure: (result: WorkloadResult) => number | undefined
  /** How the figure must lie to `limit`. */
  bound: 'at least' | 'at most' | 'below'
  limit: number
  show: (value: number) => string
}

export const POCKET = 'pocket'
export const REFERENCE = 'restic'

const MIB = 2 ** 20

const times = (value: number): string => `${value.toFixed(2)} times`

const GOALS: readonly Goal[] = [
  speedGoal('linux', 'first', 3, 'Linux source, first'),
  {
    workload: 'linux',
    title: `Linux source, first: stored bytes to ${REFERENCE}'s`,
    target: '0.78 or less',
    measure: (result) =>
      stepRatio(result, 'first', (pocket, reference) => (pocket.storedBytes ?? Number.NaN) / (reference.storedBytes ?? Number.NaN)),
    bound: 'at most',
    limit: 0.78,
    show: (value) => value.toFixed(3),
  },
  speedGoal('linux', 'unchanged', 3, 'Linux source, unchanged'),
  speedGoal('linux', 'next version', 2.5, 'Linux source, next version'),
  speedGoal('linux', 'restore', 2.5, 'Linux source, restore'),
  memoryGoal('linux', 'Linux source'),
  speedGoal('random', 'first', 2, 'Random files, first'),
  memoryGoal('random', 'Random files'),
  speedGoal('image', 'first', 2, 'Disk image, first'),
  memoryGoal('image', 'Disk image'),
  speedGoal('lifecycle', 'prune', 2, 'A thousand snapshots, prune'),
  speedGoal('lifecycle', 'check', 2, 'A thousand snapshots, check'),
  {
    workload: 'small',
    title: 'Small files, unchanged: time a file',
    target: '8 µs or less',
    measure: (result) => microsecondsPerFile(result, 'unchanged'),
    bound: 'at most',
    limit: 8,
    show: (value) => `${value.toFixed(2)} µs`,
  },
  memoryGoal('small', 'Small files'),
  startupGoal('pocket --version', 150),
  startupGoal('pocket list', 250),
  {
    workload: 'index',
    title: 'Index in memory: bytes a chunk',
    target: '40 or less',
    measure: ({steps}) =>
      median(steps.flatMap(({samples}) => samples.flatMap(({index}) => (index ? [index.keptBytes / index.chunks] : [])))),
    bound: 'at most',
    limit: 40,
    show: (value) => value.toFixed(1),
  },
  ...LATENCIES_MS.flatMap(bucketGoals),
  fetchedGoal('cold cache', 8 * MIB),
  fetchedGoal('warm cache', 2 * MIB),
  fetchedGoal('another file after it', 2 * MIB),
]

const IS_MET: Record<Goal['bound'], (value: number, limit: number) => boolean> = {
  'at least': (value, limit) => value >= limit,
  'at most': (value, limit) => value <= limit,
  below: (value, limit) => value < limit,
}

/** The outcome of every goal whose workload has been run. */
export function goalOutcomes(results: readonly WorkloadResult[]): GoalOutcome[] {
  return GOALS.flatMap(({workload, title, target, measure, bound, limit, show}) => {
    const result = results.find((candidate) => candidate.workload === workload)
    const value = result === undefined ? undefined : measure(result)
    if (value === undefined || Number.isNaN(value)) return []
    return [{goal: title, target, measured: show(value), isMet: IS_MET[bound](value, limit)}]
  })
}

/** The median over the rounds of a figure made of pocket's and the reference's sample of the same round. */
export function stepRatio(result: WorkloadResult, step: string, figure: (pocket: Sample, reference: Sample) => number): number | undefined {
  const samples = result.steps.find(({name}) => name === step)?.samples ?? []
  const ratios = samples
    .filter(({runner}) => runner === POCKET)
    .flatMap((pocket) => {
      const reference = samples.find(({runner, round}) => runner === REFERENCE && round === pocket.round)
      return reference === undefined ? [] : [figure(pocket, reference)]
    })
  return ratios.length === 0 ? undefined : median(ratios)
}

function speedGoal(workload: string, step: string, limit: number, title: string): Goal {
  return {
    workload,
    title: `${title}: as fast as ${REFERENCE}`,
    target: `${limit} times or more`,
    measure: (result) => stepRatio(result, step, (pocket, reference) => reference.wallSeconds / pocket.wallSeconds),
    bound: 'at least',
    limit,
    show: times,
  }
}

/** The highest median of all steps, ours to the reference's. */
function memoryGoal(workload: string, title: string): Goal {
  return {
    workload,
    title: `${title}: peak memory to ${REFERENCE}'s`,
    target: '1 or less',
    measure: (result) => highestPeak(result, POCKET) / highestPeak(result, REFERENCE),
    bound: 'at most',
    limit: 1,
    show: (value) => value.toFixed(2),
  }
}

function highestPeak({steps}: WorkloadResult, runner: string): number {
  return Math.max(...steps.map(({samples}) => median(samples.filter((sample) => sample.runner === runner).map(({peakBytes}) => peakBytes))))
}

function microsecondsPerFile({steps, files = 0}: WorkloadResult, step: string): number {
  const samples = steps.find(({name}) => name === step)?.samples ?? []
  return (median(samples.filter(({runner}) => runner === POCKET).map(({wallSeconds}) => wallSeconds)) * 1e6) / files
}

function startupGoal(command: string, limitMs: number): Goal {
  return {
    workload: 'startup',
    title: `Start-up of \`${command}\` on Node 20`,
    target: `${limitMs} ms or less`,
    measure: ({steps}) => {
      const samples = steps.find(({name}) => name === command)?.samples ?? []
      return median(samples.filter(({runner}) => runner.startsWith('20.')).map(({wallSeconds}) => wallSeconds * 1000))
    },
    bound: 'at most',
    limit: limitMs,
    show: (value) => `${value.toFixed(0)} ms`,
  }
}

function bucketGoals(latencyMs: number): Goal[] {
  const title = 'Linux source in S3'
  return [
    speedGoal('s3', bucketStepName('first', latencyMs), 2, `${title}, first, ${latencyMs} ms`),
    speedGoal('s3', bucketStepName('restore', latencyMs), 2, `${title}, restore, ${latencyMs} ms`),
    trafficGoal(latencyMs, 'requests', requestsOf),
    trafficGoal(latencyMs, 'bytes up', ({bytesUp}) => bytesUp),
    trafficGoal(latencyMs, 'bytes down', ({bytesDown}) => bytesDown),
  ]
}

/** A figure summed over all that it takes to store the source and to get it back, ours to the reference's in each round. */
function trafficGoal(latencyMs: number, name: string, figure: (traffic: BucketTraffic) => number): Goal {
  const names = THERE_AND_BACK.map((step) => bucketStepName(step, latencyMs))
  return {
    workload: 's3',
    title: `Linux source in S3, ${THERE_AND_BACK.join(' + ')}, ${latencyMs} ms: ${name} to ${REFERENCE}'s`,
    target: 'less than 1',
    measure: ({steps}) => {
      const samples = steps.filter((step) => names.includes(step.name)).flatMap((step) => step.samples)
      const rounds = [...new Set(samples.map(({round}) => round))]
      const sumOf = (runner: string, round: number): number =>
        sumOrNothing(
          samples.filter((sample) => sample.runner === runner && sample.round === round).map(({traffic}) => traffic),
          figure,
        )
      return median(rounds.map((round) => sumOf(POCKET, round) / sumOf(REFERENCE, round)))
    },
    bound: 'below',
    limit: 1,
    show: (value) => value.toFixed(3),
  }
}

/** What the gateway sent for one file of 10 KB, in the worst round. */
function fetchedGoal(step: string, limitBytes: number): Goal {
  return {
    workload: 'one-file',
    title: `One file of 10 KB out of S3, ${step}: fetched`,
    target: `less than ${limitBytes / MIB} MiB`,
    measure: ({steps}) => {
      const samples = steps.find(({name}) => name === step)?.samples ?? []
      const fetched = samples.flatMap(({runner, traffic}) => (runner === POCKET && traffic !== undefined ? [traffic.bytesDown] : []))
      return fetched.length === 0 ? undefined : Math.max(...fetched)
    },
    bound: 'below',
    limit: limitBytes,
    show: (value) => `${(value / MIB).toFixed(2)} MiB`,
  }
}

/** NaN when there is nothing to sum. */
function sumOrNothing(traffics: readonly (BucketTraffic | undefined)[], figure: (traffic: BucketTraffic) => number): number {
  const figures = traffics.map((traffic) => (traffic === undefined ? Number.NaN : figure(traffic)))
  return figures.length === 0 ? Number.NaN : figures.reduce((total, value) => total + value)
}
