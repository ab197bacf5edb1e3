import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {type Command, runCommand} from '../command.js'
import {type NodeBinary, nodeBinaries} from '../data/node-versions.js'
import {removeFolder, settle} from '../disk.js'
import {measure} from '../measure.js'
import type {StepResult} from '../results.js'
import {rotate} from '../statistics.js'
import {type BenchContext, completeResult, type Workload} from './workload.js'

/** Starts are short and vary more than long runs: ten in each round. */
const REPEATS = 10

/** What a person waits for before anything happens, on each version of Node. */
export const startup: Workload = {
  name: 'startup',
  title: 'Start-up',
  async run(context: BenchContext) {
    const binaries = await nodeBinaries(context.log)
    const folder = join(context.dataFolder, 'runs')
    await removeFolder(folder)
    await mkdir(folder, {recursive: true})
    try {
      const commands = await startupCommands(context.project, folder)
      const steps = await measureStarts(context, commands, binaries)
      const subject = {
        workload: 'startup',
        title: 'Start-up',
        facts: [
          '`pocket list` opens an empty encrypted repository with a key file. `node -e 0` is the part that no program for Node can save.',
        ],
        runners: Object.fromEntries(binaries.map(({version}) => [version, `Node ${version}`])),
      }
      const result = await completeResult(context, subject, steps)
      await context.save(result)
      return result
    } finally {
      await removeFolder(folder)
    }
  },
}

type CommandOf = (node: string) => Command

/** `pocket list` first makes the embedded repository, which has a generated key file, below an empty home of its own. */
async function startupCommands(project: string, folder: string): Promise<Record<string, CommandOf>> {
  const script = join(project, 'bin', 'pocket.js')
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(folder, 'home'),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    LC_ALL: 'C.UTF-8',
  }
  for (const name of ['home', 'data', 'cache', 'config']) await mkdir(join(folder, name))
  await runCommand({program: process.execPath, arguments: [script, 'init'], environment})
  return {
    'node -e 0': (program) => ({program, arguments: ['-e', '0'], environment}),
    'pocket --version': (program) => ({program, arguments: [script, '--version'], environment}),
    'pocket list': (program) => ({program, arguments: [script, 'list'], environment}),
  }
}

async function measureStarts(
  context: BenchContext,
  commands: Record<string, CommandOf>,
  binaries: readonly NodeBinary[],
): Promise<StepResult[]> {
  const steps: StepResult[] = Object.keys(commands).map((name) => ({name, samples: []}))
  for (let round = 1; round <= context.rounds * REPEATS; round++) {
    if (round % REPEATS === 1) await settle(context.dataFolder)
    for (const {version, path} of rotate(binaries, round)) {
      for (const step of steps) step.samples.push({...(await measure(commands[step.name](path))), runner: version, round})
    }
  }
  return steps
}
