import {join} from 'node:path'
import {linuxSource, linuxVersion} from '../data/linux-source.js'
import {type BenchContext, runStagedSteps, warmAndDescribe, type Workload} from './workload.js'

/** Two versions as every tool stores them, and each tree that is restored in any round. */
const REPOSITORY_BYTES = 2 ** 30
const RESTORED_BYTES = 2 * 2 ** 30

/** Source code: many small files that compress well, and a later version over the same path. */
export const linux: Workload = {
  name: 'linux',
  title: 'Linux source',
  async run(context: BenchContext) {
    const [older, newer] = [await linuxSource(context, '6.1'), await linuxSource(context, '6.12')]
    const [first, second] = [join(context.dataFolder, older), join(context.dataFolder, newer)]
    const facts = [
      `First and again: Linux ${await linuxVersion(first)}, ${warmAndDescribe(first).text}.`,
      `Next version and restore: Linux ${await linuxVersion(second)}, ${warmAndDescribe(second).text}, at the same path.`,
    ]
    return await runStagedSteps(context, {
      subject: {workload: 'linux', title: 'Linux source', facts},
      steps: (show) => [
        {name: 'first', action: 'snapshot', prepare: () => show(older)},
        {name: 'unchanged', action: 'snapshot'},
        {name: 'next version', action: 'snapshot', prepare: () => show(newer)},
        {name: 'restore', action: 'restore'},
      ],
      neededBytes: context.tools.length * (REPOSITORY_BYTES + context.rounds * RESTORED_BYTES),
    })
  },
}
