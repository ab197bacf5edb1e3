import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {writeChangedImage, writeDiskImage} from '../data/disk-image.js'
import {linuxSource} from '../data/linux-source.js'
import {ensureFolder} from '../data/material.js'
import {requireSpace} from '../disk.js'
import {type BenchContext, runStagedSteps, type Workload} from './workload.js'

const NEEDED_BYTES = 8 * 2 ** 30
const RESTORED_BYTES = 2 * 2 ** 30

/** One huge file with structure: an ext4 disk image, and the image after an update of what is in it. */
export const image: Workload = {
  name: 'image',
  title: 'Disk image',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    await makeImages(context)
    const facts = [
      'An ext4 image of 2 GiB of the source of Linux 6.1, about a quarter of it free blocks.',
      'Second version: one in a hundred of its files replaced in place by those of Linux 6.12.',
    ]
    return await runStagedSteps(context, {
      subject: {workload: 'image', title: 'Disk image', facts},
      steps: (show) => [
        {name: 'first', action: 'snapshot', prepare: () => show('image/first')},
        {name: 'second version', action: 'snapshot', prepare: () => show('image/second')},
        {name: 'restore', action: 'restore'},
      ],
      neededBytes: NEEDED_BYTES + context.tools.length * context.rounds * RESTORED_BYTES,
    })
  },
}

async function makeImages(context: BenchContext): Promise<void> {
  const [older, newer] = [await linuxSource(context, '6.1'), await linuxSource(context, '6.12')]
  const [first, second] = [join(context.dataFolder, older), join(context.dataFolder, newer)]
  await ensureFolder(context, 'image', async (partial) => {
    const disk = join(partial, 'first', 'disk.img')
    const changed = join(partial, 'second', 'disk.img')
    await mkdir(join(partial, 'first'))
    await mkdir(join(partial, 'second'))
    await writeDiskImage(first, disk)
    await writeChangedImage({image: disk, changed, older: first, newer: second})
  })
}
