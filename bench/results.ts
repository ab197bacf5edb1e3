/** What a workload found out, kept as JSON beside the data so that workloads can be run one at a time. */
import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../src/errors.js'
import type {IndexFigures} from './index-memory.js'
import type {Machine} from './machine.js'
import type {Measurement} from './measure.js'
import type {BucketTraffic} from './s3/figures.js'

export interface Sample extends Measurement {
  /** Who ran: the name of a tool, or of a version of Node. */
  runner: string
  round: number
  /** Bytes of all the repository's objects after the run. */
  storedBytes?: number
  /** Lines that rsync prints when it compares a restored tree with its source; 0 is equal. */
  differences?: number
  /** Where the repository is in a bucket. */
  traffic?: BucketTraffic
  /** Of the workload `index` only. */
  index?: IndexFigures
}

export interface StepResult {
  name: string
  samples: Sample[]
}

export interface WorkloadResult {
  workload: string
  title: string
  /** What the data is, a sentence each. */
  facts: string[]
  /** Files in the source, for costs per file. */
  files?: number
  /** Bytes in the source, for costs per size. */
  sourceBytes?: number
  /** Runner to what it is called in tables, e.g. `restic` to `restic 0.19.1`. */
  runners: Record<string, string>
  rounds: number
  commit: string
  /** ISO 8601, UTC. */
  finished: string
  machine: Machine
  steps: StepResult[]
}

export async function saveResult(folder: string, result: WorkloadResult): Promise<void> {
  await mkdir(folder, {recursive: true})
  const path = join(folder, `${result.workload}.json`)
  await writeFile(`${path}.partial`, `${JSON.stringify(result, undefined, 1)}\n`)
  await rename(`${path}.partial`, path)
}

/** Every saved result; none when nothing was ever saved in `folder`. */
export async function loadResults(folder: string): Promise<WorkloadResult[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  const files = names.filter((name) => name.endsWith('.json')).sort()
  return await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as WorkloadResult))
}
