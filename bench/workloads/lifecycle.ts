import {existsSync} from 'node:fs'
import {mkdir, rename} from 'node:fs/promises'
import {join} from 'node:path'
import {runCommand} from '../command.js'
import {ChangingTree} from '../data/changing-tree.js'
import {removeFolder, requireSpace, settle, storedBytes, warmFolder} from '../disk.js'
import {throwIfInterrupted} from '../interrupt.js'
import {measure} from '../measure.js'
import {touchMemory} from '../memory.js'
import type {StepResult} from '../results.js'
import {describe, makeFolders} from '../rounds.js'
import {rotate} from '../statistics.js'
import type {RunFolders, Tool} from '../tools/tool.js'
import {type BenchContext, completeResult, runnersOf, type Workload} from './workload.js'

const FILES = 20_000
const SNAPSHOTS = 1000
const HOURS_APART = 6
const FIRST_MS = Date.UTC(2026, 0, 1)
const NEEDED_BYTES = 12 * 2 ** 30

/** In this order, on one repository: what forgetting leaves is what the prune finds. */
const STEPS = ['list', 'forget', 'prune', 'check'] as const

/** The life of a repository: a thousand snapshots of a tree that changes, of which a policy keeps some. */
export const lifecycle: Workload = {
  name: 'lifecycle',
  title: 'Life of a repository',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    const tools = context.tools.filter((tool) => tool.lifecycle !== undefined)
    for (const tool of tools) await makeRepository(context, tool)
    const subject = {workload: 'lifecycle', title: 'Life of a repository', facts: factsOf(tools), runners: runnersOf(tools)}
    const steps: StepResult[] = STEPS.map((name) => ({name, samples: []}))
    for (let round = 1; round <= context.rounds; round++) {
      for (const tool of rotate(tools, round - 1)) await runTool({context, steps, round}, tool)
      await context.save(await completeResult(context, subject, steps))
    }
    return await completeResult(context, subject, steps)
  },
}

function factsOf(tools: readonly Tool[]): string[] {
  const others = tools.map(({name}) => name).filter((name) => name !== 'pocket')
  return [
    `${SNAPSHOTS.toLocaleString('en')} snapshots, dated ${HOURS_APART} hours apart, of ${FILES.toLocaleString('en')} files of 64 bytes to 4 KiB of prose in 200 folders; from one to the next one file in 200 changes, five come and five go.`,
    `Each tool has made its own repository; each round begins with a copy of it, and of the cache. Forget keeps the last 10, 30 daily, 12 weekly and 12 monthly ones. Prune has the default of each tool for what may stay unused, but Pocket a grace period of 0, which ${others.join(' and ')} ${others.length === 1 ? 'does' : 'do'} not have.`,
    `Check is what each does unless told otherwise: Pocket and restic look at the structure${others.includes('borg') ? ', borg reads all data, too' : ''}.`,
  ]
}

interface Round {
  context: BenchContext
  steps: StepResult[]
  round: number
}

/** Where the repository of a tool is kept between runs. */
function folderOf({dataFolder}: BenchContext, {name, version}: Tool): string {
  return join(dataFolder, 'lifecycle', `${name}-${version}`)
}

/** Takes all snapshots with the tool itself, unless that has been done before. */
async function makeRepository(context: BenchContext, tool: Tool): Promise<void> {
  const folder = folderOf(context, tool)
  if (existsSync(folder)) return
  context.log(`  ${tool.name} takes ${SNAPSHOTS} snapshots`)
  const partial = `${folder}.partial`
  await removeFolder(partial)
  const folders = foldersIn(partial)
  await makeFolders(Object.values(folders))
  const source = join(context.dataFolder, 'lifecycle', 'source')
  await removeFolder(source)
  await mkdir(source, {recursive: true})
  const tree = new ChangingTree(source, FILES)
  await runCommand(tool.init(folders))
  for (let number = 0; number < SNAPSHOTS; number++) {
    throwIfInterrupted()
    if (number > 0) tree.next()
    const time = new Date(FIRST_MS + number * HOURS_APART * 3_600_000)
    await runCommand(tool.lifecycle!.snapshotAt(folders, {source, label: `s${number}`, time}))
  }
  await removeFolder(source)
  await rename(partial, folder)
}

async function runTool({context, steps, round}: Round, tool: Tool): Promise<void> {
  const runs = join(context.dataFolder, 'runs')
  const folder = join(runs, tool.name)
  await removeFolder(folder)
  await mkdir(runs, {recursive: true})
  await runCommand({program: 'cp', arguments: ['-a', '--', folderOf(context, tool), folder]})
  const folders = foldersIn(folder)
  try {
    for (const [place, name] of STEPS.entries()) {
      await settle(runs)
      warmFolder(folder)
      await touchMemory()
      const sample = {...(await measure(tool.lifecycle![name](folders))), storedBytes: await storedBytes(folders.repository)}
      steps[place].samples.push({...sample, runner: tool.name, round})
      context.log(`  round ${round}, ${name}: ${describe(tool.name, sample)}`)
    }
  } finally {
    await removeFolder(folder)
  }
}

/** The cache lies beside the repository, so that it can be copied with it; tools find it by paths that they are given. */
function foldersIn(folder: string): RunFolders {
  return {
    repository: join(folder, 'repository'),
    cache: join(folder, 'cache'),
    home: join(folder, 'home'),
    temporary: join(folder, 'temporary'),
  }
}
