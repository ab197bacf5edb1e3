/** What Pocket wants to reach, checked against results; docs/benchmarks.md begins with it. */
import type {Sample, WorkloadResult} from './results.js'
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
  /** Whether more is better. */
  isAtLeast: boolean
  limit: number
  show: (value: number) => string
}

export const POCKET = 'pocket'
export const REFERENCE = 'restic'

const times = (value: number): string => `${value.toFixed(2)} times`

const GOALS: readonly Goal[] = [
  speedGoal('linux', 'first', 3, 'Linux source, first'),
  {
    workload: 'linux',
    title: `Linux source, first: stored bytes to ${REFERENCE}'s`,
    target: '0.78 or less',
    measure: (result) =>
      stepRatio(result, 'first', (pocket, reference) => (pocket.storedBytes ?? Number.NaN) / (reference.storedBytes ?? Number.NaN)),
    isAtLeast: false,
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
  {
    workload: 'small',
    title: 'Small files, unchanged: time a file',
    target: '8 µs or less',
    measure: (result) => microsecondsPerFile(result, 'unchanged'),
    isAtLeast: false,
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
    isAtLeast: false,
    limit: 40,
    show: (value) => value.toFixed(1),
  },
]

/** The outcome of every goal whose workload has been run. */
export function goalOutcomes(results: readonly WorkloadResult[]): GoalOutcome[] {
  return GOALS.flatMap(({workload, title, target, measure, isAtLeast, limit, show}) => {
    const result = results.find((candidate) => candidate.workload === workload)
    const value = result === undefined ? undefined : measure(result)
    if (value === undefined || Number.isNaN(value)) return []
    return [{goal: title, target, measured: show(value), isMet: isAtLeast ? value >= limit : value <= limit}]
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
    isAtLeast: true,
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
    isAtLeast: false,
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
    isAtLeast: false,
    limit: limitMs,
    show: (value) => `${value.toFixed(0)} ms`,
  }
}
