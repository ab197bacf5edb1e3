/** The three pictures of docs/benchmarks.md. */
import type {Sample, WorkloadResult} from '../results.js'
import {bucketStepName, LATENCIES_MS} from '../s3/figures.js'
import {spreadOf} from '../statistics.js'
import {type BarGroup, drawChart} from './chart.js'
import {bytes, seconds} from './units.js'

/** They compare versions of Node, or nothing, and not tools; or they are about bytes fetched and not about time. */
const NOT_DRAWN: ReadonlySet<string> = new Set(['startup', 'index', 'one-file', 'lifecycle'])
/** Making a repository in a bucket takes requests, which tables show; its time is that of stretching a password. */
const NOT_DRAWN_STEPS: ReadonlySet<string> = new Set(LATENCIES_MS.map((latencyMs) => bucketStepName('init', latencyMs)))

/** File name to SVG. */
export function benchmarkCharts(results: readonly WorkloadResult[]): Record<string, string> {
  const drawn = results.filter(({workload}) => !NOT_DRAWN.has(workload))
  const subtitle = 'Shorter is better. Each group has a scale of its own; the thin line goes from the least to the most of all rounds.'
  const timed = drawChart({title: 'Time', subtitle, groups: groupsOf(drawn, ({wallSeconds}) => wallSeconds), format: seconds})
  const memory = drawChart({title: 'Peak memory', subtitle, groups: groupsOf(drawn, ({peakBytes}) => peakBytes), format: bytes})
  const stored = drawChart({
    title: 'Stored bytes after the step',
    subtitle,
    groups: groupsOf(drawn, ({storedBytes, differences}) => (differences === undefined ? storedBytes : undefined)),
    format: bytes,
  })
  return {'benchmarks.svg': timed, 'benchmarks-stored.svg': stored, 'benchmarks-memory.svg': memory}
}

function groupsOf(results: readonly WorkloadResult[], figure: (sample: Sample) => number | undefined): BarGroup[] {
  return results.flatMap(({title, steps, runners}) =>
    steps.flatMap(({name, samples}) => {
      if (NOT_DRAWN_STEPS.has(name)) return []
      const bars = Object.keys(runners).flatMap((runner) => {
        const values = samples
          .filter((sample) => sample.runner === runner)
          .map(figure)
          .filter((value) => value !== undefined)
        return values.length === 0 ? [] : [{runner, spread: spreadOf(values)}]
      })
      return bars.length === 0 ? [] : [{title: `${title}, ${name}`, bars}]
    }),
  )
}
