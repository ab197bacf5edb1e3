import {join} from 'node:path'
import type {Material} from '../data/material.js'
import {requireSpace, warmFolder} from '../disk.js'
import {touchMemory} from '../memory.js'
import {commitOf, describeMachine} from '../machine.js'
import type {StepResult, WorkloadResult} from '../results.js'
import {runRounds, type Step} from '../rounds.js'
import {Stage} from '../stage.js'
import {nowNs} from '../../src/util/clock.js'
import type {Tool} from '../tools/tool.js'

/** What every workload is given. */
export interface BenchContext extends Material {
  project: string
  tools: readonly Tool[]
  rounds: number
  /** Keeps what is known so far; called after every round. */
  save: (result: WorkloadResult) => Promise<void>
}

export interface Workload {
  name: string
  title: string
  /** Makes its data where it is missing, runs, and gives what it saved last. */
  run(context: BenchContext): Promise<WorkloadResult>
}

/** What the workload is about, known before its first round. */
export type Subject = Pick<WorkloadResult, 'workload' | 'title' | 'facts' | 'files' | 'sourceBytes' | 'runners'>

export interface StepsRequest {
  subject: Omit<Subject, 'runners'>
  source: string
  steps: readonly Step[]
  /** Room for the repositories of all tools and the restored trees of all rounds; the material is made already. */
  neededBytes: number
}

/** Runs the steps by all tools, saving after each round. */
export async function runSteps(context: BenchContext, {subject, source, steps, neededBytes}: StepsRequest): Promise<WorkloadResult> {
  await requireSpace(context.dataFolder, neededBytes)
  const runners = runnersOf(context.tools)
  const onRound = async (results: StepResult[]): Promise<void> => {
    await context.save(await completeResult(context, {...subject, runners}, results))
  }
  const runsFolder = join(context.dataFolder, 'runs')
  const results = await runRounds({...context, source, steps, runsFolder, beforeRun: touchMemory, onRound})
  return await completeResult(context, {...subject, runners}, results)
}

/** Tools by what they are called in tables. */
export function runnersOf(tools: readonly Tool[]): Record<string, string> {
  return Object.fromEntries(tools.map(({name, version}) => [name, `${name} ${version}`]))
}

/** Puts `<data>/<name>` where the source is, and reads it once. */
export type Show = (name: string) => Promise<void>

/** As `runSteps`, for a source whose versions are shown in turn under one path. */
export async function runStagedSteps(
  context: BenchContext,
  {steps, ...request}: Omit<StepsRequest, 'source' | 'steps'> & {steps: (show: Show) => Step[]},
): Promise<WorkloadResult> {
  const stage = new Stage(context.dataFolder)
  const show = async (name: string): Promise<void> => {
    await stage.show(name)
    warmFolder(stage.path)
  }
  try {
    return await runSteps(context, {...request, source: stage.path, steps: steps(show)})
  } finally {
    await stage.clear()
  }
}

/** `subject` and `steps` with where, when and on which commit they were measured. */
export async function completeResult(context: BenchContext, subject: Subject, steps: StepResult[]): Promise<WorkloadResult> {
  const rounds = Math.max(...steps.flatMap(({samples}) => samples.map(({round}) => round)))
  return {
    ...subject,
    rounds,
    commit: await commitOf(context.project),
    finished: new Date(Number(nowNs() / 1_000_000n)).toISOString(),
    machine: await describeMachine(context.dataFolder),
    steps,
  }
}

/** `78,579 files, 1.17 GiB`, read once so that it lies in the page cache. */
export function warmAndDescribe(folder: string): {text: string; files: number; bytes: number} {
  const {files, bytes} = warmFolder(folder)
  return {text: `${files.toLocaleString('en')} files, ${(bytes / 2 ** 30).toFixed(2)} GiB`, files, bytes}
}
