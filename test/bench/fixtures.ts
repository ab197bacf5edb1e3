import type {Machine} from '../../bench/machine.js'
import type {Sample, WorkloadResult} from '../../bench/results.js'

export const MACHINE: Machine = {
  processor: 'Example 9000 (x64)',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  system: 'Debian',
  kernel: 'Linux 6.1',
  fileSystem: 'ext4',
  node: '20.19.0',
}

/** A result of one step; each runner's numbers are the wall seconds of its rounds. */
export function resultOf(
  workload: string,
  step: string,
  seconds: Record<string, readonly number[]>,
  extra: Partial<Sample> = {},
): WorkloadResult {
  const samples = Object.entries(seconds).flatMap(([runner, values]) =>
    values.map((wallSeconds, place) => ({
      runner,
      round: place + 1,
      wallSeconds,
      cpuSeconds: wallSeconds * 2,
      peakBytes: 100 * 2 ** 20,
      storedBytes: 200 * 2 ** 20,
      ...extra,
    })),
  )
  return {
    workload,
    title: `Title of ${workload}`,
    facts: ['Made up.'],
    runners: Object.fromEntries(Object.keys(seconds).map((runner) => [runner, `${runner} 1.2.3`])),
    rounds: 3,
    commit: 'abc1234',
    finished: '2026-01-02T03:04:05.000Z',
    machine: MACHINE,
    steps: [{name: step, samples}],
  }
}
