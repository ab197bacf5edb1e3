import {mkdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {ensureFolder} from '../data/material.js'
import {smallFilePath, writeMixedFiles} from '../data/mixed-files.js'
import {removeFolder, requireSpace, settle} from '../disk.js'
import {measure} from '../measure.js'
import {requireMemory} from '../memory.js'
import type {Sample, StepResult} from '../results.js'
import {describe} from '../rounds.js'
import {BucketServer} from '../s3/server.js'
import {BucketRun, type BucketTool} from '../s3/tool-run.js'
import {rotate} from '../statistics.js'
import type {FileRequest} from '../tools/tool.js'
import {bucketTools} from './s3.js'
import {type BenchContext, completeResult, runnersOf, type Subject, warmAndDescribe, type Workload} from './workload.js'

const LARGE_BYTES = 3 * 2 ** 30
const SMALL_FILES = 4000
const NEEDED_BYTES = 5 * 2 ** 30
/** The gateway keeps a repository in twice its size of memory; the rest is for the tool. */
const NEEDED_MEMORY = 9 * 2 ** 30

/** Restored one after another; each has 10 KB and lies in another folder. */
const STEPS = [
  {name: 'warm cache', file: smallFilePath(2010), hasCache: true},
  {name: 'cold cache', file: smallFilePath(1010), hasCache: false},
  {name: 'another file after it', file: smallFilePath(3010), hasCache: true},
]

/** What it takes to get one small file out of a large repository in a bucket. */
export const oneFile: Workload = {
  name: 'one-file',
  title: 'One file out of S3',
  async run(context: BenchContext) {
    const tools = bucketTools(context)
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    requireMemory(NEEDED_MEMORY)
    const source = await ensureFolder(context, 'one-file', async (partial) =>
      writeMixedFiles(partial, {largeBytes: LARGE_BYTES, smallFiles: SMALL_FILES}),
    )
    const {text, bytes} = warmAndDescribe(source)
    const subject: Subject = {
      workload: 'one-file',
      title: 'One file out of S3',
      facts: [`${text} of random bytes from a seed, files of 1 to 20 MB and ${SMALL_FILES.toLocaleString('en')} of 1 to 20 KB.`, ...HOW],
      sourceBytes: bytes,
      runners: runnersOf(tools),
    }
    const steps: StepResult[] = STEPS.map(({name}) => ({name, samples: []}))
    for (let round = 1; round <= context.rounds; round++) {
      for (const tool of rotate(tools, round - 1)) await runTool({context, source, steps, round}, tool)
      await context.save(await completeResult(context, subject, steps))
    }
    return await completeResult(context, subject, steps)
  },
}

const HOW = [
  'One file of 10 KB is restored out of the snapshot, over a connection without latency.',
  'Warm: with the cache that the snapshot left. Cold: with an empty cache and an empty home. Then another file, of another folder, with what the cold run left.',
  "Requests and bytes are those of the gateway's own log.",
]

interface Round {
  context: BenchContext
  source: string
  steps: StepResult[]
  round: number
}

/** A gateway for each tool, since it keeps the repository in memory. */
async function runTool({context, source, steps, round}: Round, tool: BucketTool): Promise<void> {
  const runsFolder = join(context.dataFolder, 'runs')
  const server = await BucketServer.start([])
  try {
    const run = new BucketRun(tool, server.place(tool.name, 0), join(runsFolder, 'caches', tool.name))
    await measure(await run.init())
    context.log(`  round ${round}: ${describe(tool.name, await measure(run.snapshot(source, 'first')))} for the snapshot`)
    for (const [place, {name, file, hasCache}] of STEPS.entries()) {
      if (!hasCache) await run.forgetLocalState()
      const target = join(runsFolder, `restored-${place}`)
      await mkdir(target)
      await settle(runsFolder)
      const sample = await restoreFile(server, run, {source, path: file, target})
      steps[place].samples.push({...sample, runner: tool.name, round})
      context.log(`  round ${round}, ${name}: ${describe(tool.name, sample)}`)
    }
  } finally {
    await server.stop()
    await removeFolder(runsFolder)
  }
}

async function restoreFile(server: BucketServer, run: BucketRun, file: FileRequest): Promise<Omit<Sample, 'runner' | 'round'>> {
  const measured = await server.counting(() => measure(run.restoreFile(file)))
  const [wanted, restored] = await Promise.all(
    [join(file.source, file.path), run.tool.file.restoredPath(file)].map((path) => readFile(path)),
  )
  return {...measured, storedBytes: await server.storedBytes(run.place.prefix), differences: wanted.equals(restored) ? 0 : 1}
}
