/** The rounds of one workload against a bucket: as ../rounds.ts, but all repositories lie in one bucket, each latency's apart. */
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {removeFolder, settle, warmFolder} from '../disk.js'
import {measure} from '../measure.js'
import {touchMemory} from '../memory.js'
import type {Sample, StepResult} from '../results.js'
import {describe} from '../rounds.js'
import {rotate} from '../statistics.js'
import {differences} from '../verify.js'
import {BUCKET_STEPS, type BucketStep, bucketStepName} from './figures.js'
import {BucketServer} from './server.js'
import {BucketRun, type BucketTool} from './tool-run.js'

export interface BucketRoundsRequest {
  source: string
  tools: readonly BucketTool[]
  latenciesMs: readonly number[]
  rounds: number
  /** Caches lie here until their round ends, restored trees until the last one does. */
  runsFolder: string
  log: (line: string) => void
  /** Called with all samples so far after each round. */
  onRound: (steps: StepResult[]) => Promise<void>
}

interface Round {
  request: BucketRoundsRequest
  round: number
  server: BucketServer
  results: StepResult[]
}

/** Runs all rounds, each with a gateway of its own. Stops at the first tool that fails. */
export async function runBucketRounds(request: BucketRoundsRequest): Promise<StepResult[]> {
  const {latenciesMs, rounds, runsFolder, onRound} = request
  const names = latenciesMs.flatMap((latencyMs) => BUCKET_STEPS.map((step) => bucketStepName(step, latencyMs)))
  const results: StepResult[] = names.map((name) => ({name, samples: []}))
  await removeFolder(runsFolder)
  try {
    for (let round = 1; round <= rounds; round++) {
      const server = await BucketServer.start(latenciesMs)
      try {
        for (const latencyMs of latenciesMs) await runLatency({request, round, server, results}, latencyMs)
      } finally {
        await server.stop()
      }
      await removeFolder(cachesFolder(request))
      await onRound(results)
    }
  } finally {
    await removeFolder(runsFolder)
  }
  return results
}

async function runLatency({request, round, server, results}: Round, latencyMs: number): Promise<void> {
  const runs = rotate(request.tools, round - 1).map((tool) => {
    const prefix = `${tool.name}-${latencyMs}`
    return new BucketRun(tool, server.place(prefix, latencyMs), join(cachesFolder(request), prefix))
  })
  for (const step of BUCKET_STEPS) {
    const name = bucketStepName(step, latencyMs)
    for (const run of runs) {
      const sample = await runStep({request, round, server, results}, run, step)
      results.find((result) => result.name === name)?.samples.push({...sample, runner: run.tool.name, round})
      request.log(`  round ${round}, ${name}: ${describe(run.tool.name, sample)}`)
    }
  }
}

async function runStep({request, round, server}: Round, run: BucketRun, step: BucketStep): Promise<Omit<Sample, 'runner' | 'round'>> {
  const {source, runsFolder} = request
  await mkdir(runsFolder, {recursive: true})
  await settle(runsFolder)
  if (step !== 'restore') warmFolder(source)
  await touchMemory()
  if (step === 'restore') return await restore(request, server, run, join(runsFolder, `restored-${run.place.prefix}-${round}`))
  const command = step === 'init' ? await run.init() : run.snapshot(source, step)
  const measured = await server.counting(() => measure(command))
  return {...measured, storedBytes: await server.storedBytes(run.place.prefix)}
}

/** With an empty cache and home: as on another machine, or after the loss of this one. */
async function restore(
  {source, log}: BucketRoundsRequest,
  server: BucketServer,
  run: BucketRun,
  target: string,
): Promise<Omit<Sample, 'runner' | 'round'>> {
  await run.forgetLocalState()
  await mkdir(target)
  const measured = await server.counting(() => measure(run.restore(target, 'unchanged')))
  const lines = await differences(source, run.tool.restoredPath(target, source))
  for (const line of lines.slice(0, 5)) log(`  ${run.tool.name} restored something else: ${line}`)
  return {...measured, storedBytes: await server.storedBytes(run.place.prefix), differences: lines.length}
}

function cachesFolder({runsFolder}: BucketRoundsRequest): string {
  return join(runsFolder, 'caches')
}
