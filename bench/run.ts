/**
 * `npm run bench -- [workload…] [--rounds N] [--tools a,b] [--data DIR] [--quick]`: measures this build of pocket beside restic and borg and
 * writes docs/benchmarks.md. The workloads with buckets start a Ceph RGW of their own, that of test/s3-server. Results of each workload are kept in the data folder, so that the page can be filled one workload at a time.
 */
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type ErrorCode, isPocketError, PocketError} from '../src/errors.js'
import {parseArguments} from './arguments.js'
import {throwIfInterrupted, watchInterrupt} from './interrupt.js'
import {benchmarkCharts} from './report/charts.js'
import {benchmarksPage} from './report/markdown.js'
import {loadResults, saveResult, type WorkloadResult} from './results.js'
import {Stage} from './stage.js'
import {findTools, TOOL_NAMES} from './tools/find.js'
import {image} from './workloads/image.js'
import {index} from './workloads/index.js'
import {lifecycle} from './workloads/lifecycle.js'
import {linux} from './workloads/linux.js'
import {oneFile} from './workloads/one-file.js'
import {random} from './workloads/random.js'
import {s3} from './workloads/s3.js'
import {small} from './workloads/small.js'
import {startup} from './workloads/startup.js'
import {tar} from './workloads/tar.js'
import type {Workload} from './workloads/workload.js'

/** In the order of the page. */
const WORKLOADS: readonly Workload[] = [linux, random, image, tar, small, lifecycle, startup, index, s3, oneFile]

const project = fileURLToPath(new URL('../../', import.meta.url))
const log = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const known = {workloads: WORKLOADS.map(({name}) => name), tools: TOOL_NAMES, project, environment: process.env}
  const {workloads, tools: names, rounds, dataFolder, isTrial} = parseArguments(process.argv.slice(2), known)
  await mkdir(dataFolder, {recursive: true})
  await new Stage(dataFolder).clear()
  const tools = await findTools({names, project, dataFolder, log})
  log(`tools: ${tools.map(({name, version}) => `${name} ${version}`).join(', ')}; ${rounds} rounds; data in ${dataFolder}`)
  const resultsFolder = join(dataFolder, isTrial ? 'trial' : 'results')
  const pageFolder = isTrial ? resultsFolder : join(project, 'docs')
  const save = async (result: WorkloadResult): Promise<void> => {
    await saveResult(resultsFolder, result)
    await writeReport(await loadResults(resultsFolder), pageFolder)
  }
  for (const workload of WORKLOADS.filter(({name}) => workloads.includes(name))) {
    throwIfInterrupted()
    log(workload.title)
    const result = await workload.run({dataFolder, log, project, tools, rounds, save})
    requireEqualRestores(result)
  }
  log(`written: ${join(pageFolder, 'benchmarks.md')}`)
}

async function writeReport(results: readonly WorkloadResult[], folder: string): Promise<void> {
  const order = WORKLOADS.map(({name}) => name)
  const sorted = [...results].sort((a, b) => order.indexOf(a.workload) - order.indexOf(b.workload))
  await writeFile(join(folder, 'benchmarks.md'), benchmarksPage(sorted))
  for (const [name, svg] of Object.entries(benchmarkCharts(sorted))) await writeFile(join(folder, name), svg)
}

/** However fast, a restore that is not equal is a failure of the benchmark. */
function requireEqualRestores({steps, title}: WorkloadResult): void {
  for (const {name, samples} of steps) {
    const wrong = samples.find(({runner, differences = 0}) => runner === 'pocket' && differences > 0)
    if (wrong !== undefined)
      throw new PocketError('io-failed', `${title}, ${name}: pocket restored a tree with ${wrong.differences} differences`)
  }
}

const EXIT_CODES: Partial<Record<ErrorCode, number>> = {usage: 2, interrupted: 130}

watchInterrupt(() => log('interrupted: putting everything back'))

try {
  await main()
} catch (error) {
  if (!isPocketError(error)) throw error
  process.stderr.write(`error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`)
  process.exitCode = EXIT_CODES[error.code] ?? 1
}
