/** Made-up results of the workloads with buckets. */
import type {Sample, WorkloadResult} from '../../../bench/results.js'
import {BUCKET_STEPS, bucketStepName, type BucketTraffic, LATENCIES_MS} from '../../../bench/s3/figures.js'
import {resultOf} from '../fixtures.js'

const MIB = 2 ** 20

export function trafficOf(requests: number, upMib: number, downMib: number): BucketTraffic {
  return {requests: {PUT: requests - 2, GET: 1, LIST: 1}, bytesUp: upMib * MIB, bytesDown: downMib * MIB}
}

/** All steps at all latencies; `change` gives what differs from one second and ten requests, a MiB up and two down. */
export function s3Result(change: (sample: Sample, step: string) => Partial<Sample> = () => ({})): WorkloadResult {
  const traffic = trafficOf(10, 1, 2)
  const steps = LATENCIES_MS.flatMap((latencyMs) =>
    BUCKET_STEPS.map((step) => {
      const name = bucketStepName(step, latencyMs)
      const extra = step === 'restore' ? {traffic, differences: 0} : {traffic}
      const {samples} = resultOf('s3', name, {pocket: [1, 1, 1], restic: [1, 1, 1]}, extra).steps[0]
      return {name, samples: samples.map((sample) => ({...sample, ...change(sample, name)}))}
    }),
  )
  return {...resultOf('s3', '', {pocket: [], restic: []}), sourceBytes: 2 * 2 ** 30, steps}
}

/** What pocket fetched in each round, in MiB. */
export function oneFileResult(step: string, fetchedMib: readonly number[]): WorkloadResult {
  const result = resultOf('one-file', step, {pocket: fetchedMib.map(() => 1), restic: fetchedMib.map(() => 1)}, {differences: 0})
  for (const {samples} of result.steps) for (const sample of samples) sample.traffic = trafficOf(5, 0, fetchedMib[sample.round - 1])
  return result
}
