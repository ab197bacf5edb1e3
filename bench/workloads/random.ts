import {join} from 'node:path'
import {ensureFolder} from '../data/material.js'
import {writeRandomFiles} from '../data/random-files.js'
import {requireSpace} from '../disk.js'
import {type BenchContext, runSteps, warmAndDescribe, type Workload} from './workload.js'

const TOTAL_BYTES = 2 * 2 ** 30

/** Bytes that neither compress nor repeat: what remains is reading, cutting, hashing, sealing and writing. */
export const random: Workload = {
  name: 'random',
  title: 'Random files',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, 5 * TOTAL_BYTES)
    const source = await ensureFolder(context, 'random', async (partial) => writeRandomFiles(partial, 'random files', TOTAL_BYTES))
    const facts = [`${warmAndDescribe(source).text} of random bytes from a seed, 1 to 256 MiB a file.`]
    return await runSteps(context, {
      subject: {workload: 'random', title: 'Random files', facts},
      source: join(context.dataFolder, 'random'),
      steps: [{name: 'first', action: 'snapshot'}],
      neededBytes: 4 * TOTAL_BYTES,
    })
  },
}
