import {existsSync} from 'node:fs'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {exitCodes} from '../../src/cli/exit-codes.js'
import {createHome} from '../commands/run-pocket.js'
import {mountDisk, whyNoDisk} from './disk.js'
import {followRecipe, printed, type Recipe, tryRecipe} from './recipe.js'

const SIZE_BYTES = 128 * 1024 * 1024
const NEEDS = {programs: ['btrfs', 'mkfs.btrfs'], isRoot: true, otherwise: () => whyNoDisk('btrfs', SIZE_BYTES)}

interface Subvolume extends Recipe {
  data: string
  snapshot: string
}

async function createSubvolume(t: ExecutionContext): Promise<Subvolume> {
  const home = await createHome(t)
  const disk = mountDisk(t, home.path, 'btrfs', SIZE_BYTES)
  const data = join(disk.path, 'data')
  const snapshot = join(disk.path, '.pocket-data')
  printed('btrfs', ['subvolume', 'create', data])
  await mkdir(join(data, 'folder'))
  for (let index = 0; index < 50; index++) await writeFile(join(data, 'folder', `file-${index}`), `content ${index}`.repeat(100))
  const recipe = await followRecipe(t, 'btrfs', {places: {'/srv/data': data, '/srv/.pocket-data': snapshot}}, home)
  return {...recipe, data, snapshot}
}

/** Everything of a folder, with contents, modes and times. */
function stateOf(folder: string): string {
  return printed('sh', ['-c', 'cd "$1"; find . -printf "%P %y %m %U %T@\\n" | sort; find . -type f -exec cksum {} + | sort', 'sh', folder])
}

tryRecipe('recipe btrfs: what is changed or lost comes back, only what changed is read, and no snapshot is left', NEEDS, async (t) => {
  const {data, snapshot, home, save, restore} = await createSubvolume(t)
  await save()
  t.false(existsSync(snapshot))
  await writeFile(join(data, 'folder/file-3'), 'changed')
  await save()
  const [{runs}] = await home.json(['runs'])
  t.is(runs.at(-1).bytes_read, 'changed'.length)
  const state = stateOf(data)
  await writeFile(join(data, 'folder/file-4'), 'damaged')
  await rm(join(data, 'folder/file-5'))
  await restore()
  t.is(stateOf(data), state)
})

tryRecipe('recipe btrfs: what a run that was killed has left is replaced, and is not what is saved', NEEDS, async (t) => {
  const {data, snapshot, home, save} = await createSubvolume(t)
  printed('btrfs', ['subvolume', 'snapshot', '-r', data, snapshot])
  await writeFile(join(data, 'late'), 'of today')
  await save()
  t.is((await home.succeed(['cat', 'latest:late'])).stdout, 'of today')
  t.false(existsSync(snapshot))
})

tryRecipe(
  'recipe btrfs: what is no subvolume fails the run, and nothing is saved; where saving fails no snapshot is left',
  NEEDS,
  async (t) => {
    const {data, snapshot, home, fail, run} = await createSubvolume(t)
    await rm(join(home.path, 'repository'), {recursive: true})
    t.is((await run()).code, exitCodes.repositoryMissing)
    t.false(existsSync(snapshot))
    await home.succeed(['init', '--repository', join(home.path, 'repository'), '--no-encryption'])
    printed('btrfs', ['subvolume', 'delete', data])
    await mkdir(data)
    await fail(/makes a snapshot of/)
  },
)
