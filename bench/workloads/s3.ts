import {join} from 'node:path'
import {PocketError} from '../../src/errors.js'
import {linuxSource, linuxVersion} from '../data/linux-source.js'
import {requireSpace} from '../disk.js'
import type {StepResult} from '../results.js'
import {LATENCIES_MS} from '../s3/figures.js'
import {runBucketRounds} from '../s3/rounds.js'
import {requireGateway} from '../s3/server.js'
import {type BucketTool, isBucketTool} from '../s3/tool-run.js'
import {type BenchContext, completeResult, runnersOf, type Subject, warmAndDescribe, type Workload} from './workload.js'

/** The restored trees of all rounds, and what the tools keep locally meanwhile. */
const RESTORED_BYTES = 2 * 2 ** 30

/** The Linux source into a bucket of a real gateway and back, with latency and without. */
export const s3: Workload = {
  name: 's3',
  title: 'Linux source in S3',
  async run(context: BenchContext) {
    const tools = bucketTools(context)
    const source = join(context.dataFolder, await linuxSource(context, '6.1'))
    await requireSpace(context.dataFolder, tools.length * LATENCIES_MS.length * context.rounds * RESTORED_BYTES)
    const {text, bytes} = warmAndDescribe(source)
    const subject: Subject = {
      workload: 's3',
      title: 'Linux source in S3',
      facts: [`Linux ${await linuxVersion(source)}, ${text}.`, ...HOW],
      sourceBytes: bytes,
      runners: runnersOf(tools),
    }
    const onRound = async (steps: StepResult[]): Promise<void> => {
      await context.save(await completeResult(context, subject, steps))
    }
    const runsFolder = join(context.dataFolder, 'runs')
    const steps = await runBucketRounds({...context, source, tools, latenciesMs: LATENCIES_MS, runsFolder, onRound})
    return await completeResult(context, subject, steps)
  },
}

const HOW = [
  'In each round all tools use one bucket of one Ceph RGW on this machine, which keeps it in memory and shares the cores with them.',
  'At 0 ms they reach it straight; at 50 ms through a relay that delays each direction by half of that and limits no throughput.',
  "Requests and bytes are those of the gateway's own log, the same for all tools: bodies without headers, listings included.",
  'A restore begins with an empty cache and an empty home, as on another machine.',
  'All tools are told endpoint, region and keys, and nothing else: connections, sizes of objects and retries are their defaults.',
]

/** Those of the asked tools that can use a bucket; says which cannot. Throws `usage` when none can, `library-missing` without a gateway. */
export function bucketTools({tools, log}: BenchContext): BucketTool[] {
  requireGateway()
  for (const {name} of tools.filter((tool) => !isBucketTool(tool))) log(`  ${name} knows no buckets: left out`)
  const able = tools.filter(isBucketTool)
  if (able.length === 0) throw new PocketError('usage', 'none of the tools asked for knows buckets')
  return able
}
