import {join} from 'node:path'
import {ensureFolder} from '../data/material.js'
import {changeSmallFiles, writeSmallFiles} from '../data/small-files.js'
import {requireSpace} from '../disk.js'
import {type BenchContext, runSteps, warmAndDescribe, type Workload} from './workload.js'

const FILES = 500_000
const NEEDED_BYTES = 6 * 2 ** 30

/** Half a million notes: what a file costs when there is next to nothing in it. */
export const small: Workload = {
  name: 'small',
  title: 'Small files',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    const source = await ensureFolder(context, 'small', async (partial) => writeSmallFiles(partial, FILES))
    changeSmallFiles(source, FILES, 0)
    const {text, files} = warmAndDescribe(source)
    const reset = async (): Promise<void> => {
      changeSmallFiles(source, FILES, 0)
      warmAndDescribe(source)
    }
    const facts = [
      `${text} of prose from a seed, 64 bytes to 4 KiB a file, a thousand to a folder.`,
      'Changed: every thousandth file rewritten.',
    ]
    return await runSteps(context, {
      subject: {workload: 'small', title: 'Small files', facts, files},
      source: join(context.dataFolder, 'small'),
      steps: [
        {name: 'first', action: 'snapshot', prepare: reset},
        {name: 'unchanged', action: 'snapshot'},
        {name: '0.1 % changed', action: 'snapshot', prepare: async (round) => void changeSmallFiles(source, FILES, round)},
      ],
      neededBytes: NEEDED_BYTES,
    })
  },
}
