import {join} from 'node:path'
import {linuxSource} from '../data/linux-source.js'
import {ensureFolder} from '../data/material.js'
import {writeTars} from '../data/tars.js'
import {requireSpace} from '../disk.js'
import {type BenchContext, runStagedSteps, warmAndDescribe, type Workload} from './workload.js'

const NEEDED_BYTES = 8 * 2 ** 30

/** One huge file whose bytes all move: what content-defined chunking is for. */
export const tar: Workload = {
  name: 'tar',
  title: 'Shifted tar',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    const tree = join(context.dataFolder, await linuxSource(context, '6.1'))
    await ensureFolder(context, 'tar', (partial) => writeTars(tree, join(partial, 'first'), join(partial, 'second')))
    const size = warmAndDescribe(join(context.dataFolder, 'tar', 'first')).text
    const facts = [`A tar of the source of Linux 6.1 (${size}).`, 'Shifted: the same with one file of 760 KiB in front.']
    return await runStagedSteps(context, {
      subject: {workload: 'tar', title: 'Shifted tar', facts},
      steps: (show) => [
        {name: 'first', action: 'snapshot', prepare: () => show('tar/first')},
        {name: 'shifted', action: 'snapshot', prepare: () => show('tar/second')},
      ],
      neededBytes: NEEDED_BYTES,
    })
  },
}
