/** The rounds of one workload: every step by every tool in turn, each tool on an empty repository and cache of its own. */
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {runCommand} from './command.js'
import {removeFolder, settle, storedBytes, warmFolder} from './disk.js'
import {measure} from './measure.js'
import type {Sample, StepResult} from './results.js'
import {rotate} from './statistics.js'
import type {RunFolders, Tool} from './tools/tool.js'
import {differences} from './verify.js'

export interface Step {
  name: string
  action: 'snapshot' | 'restore'
  /** Brings the source into the state that this step is about; run once a round, not timed. */
  prepare?: (round: number) => Promise<void>
}

export interface RoundsRequest {
  /** What is snapshotted: the same path in every step. */
  source: string
  steps: readonly Step[]
  tools: readonly Tool[]
  rounds: number
  /** Repositories lie here until their round ends, restored trees until the last one does. */
  runsFolder: string
  log: (line: string) => void
  /** Puts the machine into the state in which every timed run is to begin. */
  beforeRun?: () => Promise<void>
  /** Called with all samples so far after each round, so that a long run that is interrupted is not lost. */
  onRound?: (steps: StepResult[]) => Promise<void>
}

const REPOSITORIES = 'repositories'

/** Runs all rounds. Stops at the first tool that fails: a median over fewer runs than told would be a lie. */
export async function runRounds(request: RoundsRequest): Promise<StepResult[]> {
  const results: StepResult[] = request.steps.map(({name}) => ({name, samples: []}))
  await removeFolder(request.runsFolder)
  try {
    for (let round = 1; round <= request.rounds; round++) {
      await runRound(request, round, results)
      await removeFolder(join(request.runsFolder, REPOSITORIES))
      await request.onRound?.(results)
    }
  } finally {
    await removeFolder(request.runsFolder)
  }
  return results
}

async function runRound(request: RoundsRequest, round: number, results: StepResult[]): Promise<void> {
  const order = rotate(request.tools, round - 1)
  const folders = new Map<Tool, RunFolders>()
  for (const tool of order) {
    folders.set(tool, await makeRunFolders(join(request.runsFolder, REPOSITORIES, tool.name)))
    await runCommand(tool.init(folders.get(tool)!))
  }
  let label = ''
  for (const [place, step] of request.steps.entries()) {
    await step.prepare?.(round)
    if (step.action === 'snapshot') label = `snapshot-${place + 1}`
    for (const tool of order) {
      const sample = await runStep({request, round, step, tool, label, folders: folders.get(tool)!})
      results[place].samples.push({...sample, runner: tool.name, round})
      request.log(`  round ${round}, ${step.name}: ${describe(tool.name, sample)}`)
    }
  }
}

interface StepRun {
  request: RoundsRequest
  round: number
  step: Step
  tool: Tool
  label: string
  folders: RunFolders
}

async function runStep({request, round, step, tool, label, folders}: StepRun): Promise<Omit<Sample, 'runner' | 'round'>> {
  await settle(request.runsFolder)
  // Each time: borg has the kernel forget what it read, and the tool after it would pay for that.
  warmFolder(step.action === 'snapshot' ? request.source : folders.repository)
  await request.beforeRun?.()
  if (step.action === 'snapshot') {
    const measurement = await measure(tool.snapshot(folders, request.source, label))
    return {...measurement, storedBytes: await storedBytes(folders.repository)}
  }
  // Kept until the last round ends: ext4 searches long for a free inode while it remembers that many were just removed.
  const target = join(request.runsFolder, `restored-${tool.name}-${round}`)
  await mkdir(target)
  const measurement = await measure(tool.restore(folders, target, label))
  const lines = await differences(request.source, tool.restoredPath(target, request.source))
  for (const line of lines.slice(0, 5)) request.log(`  ${tool.name} restored something else: ${line}`)
  return {...measurement, storedBytes: await storedBytes(folders.repository), differences: lines.length}
}

async function makeRunFolders(folder: string): Promise<RunFolders> {
  const paths = {
    repository: join(folder, 'repository'),
    cache: join(folder, 'cache'),
    home: join(folder, 'home'),
    temporary: join(folder, 'temporary'),
  }
  await makeFolders(Object.values(paths))
  return paths
}

export async function makeFolders(paths: readonly string[]): Promise<void> {
  for (const path of paths) await mkdir(path, {recursive: true})
}

/** A line about a sample, for whoever waits. */
export function describe(
  name: string,
  {wallSeconds, cpuSeconds, peakBytes, storedBytes: bytes = 0}: Omit<Sample, 'runner' | 'round'>,
): string {
  const mib = (value: number): string => `${(value / 2 ** 20).toFixed(0)} MiB`
  return `${name} ${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, peak ${mib(peakBytes)}, stored ${mib(bytes)}`
}
