/**
 * The recipe with LVM itself where the kernel has its device mapper; and everywhere with stand-ins for its programs, which copy the frozen disk: they show that what
 * is called when, and what is mounted, saved and cleared up, but nothing of LVM.
 */
import type {ChildProcess} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {readdir, rm, truncate, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {createHome, type Home} from '../commands/run-pocket.js'
import {mountDisk, whyNoDisk} from './disk.js'
import {followRecipe, printed, type Recipe, tryRecipe, writeProgram} from './recipe.js'

const SIZE_BYTES = 32 * 1024 * 1024
const NEEDS = {programs: ['mkfs.ext4', 'mount', 'fsfreeze', 'losetup'], isRoot: true, otherwise: () => whyNoDisk('ext4', SIZE_BYTES)}
const NEEDS_LVM = {
  programs: ['lvcreate', 'mkfs.ext4', 'losetup'],
  isRoot: true,
  otherwise: () => (/device-mapper/.test(readFileSync('/proc/misc', 'utf8')) ? undefined : 'this kernel has no device mapper'),
}

interface Volume {
  home: Home
  /** Where it is mounted. */
  data: string
  mountPoint: string
  places: Record<string, string>
  environment?: Record<string, string>
  isSnapshotThere: () => boolean
}

async function realVolume(t: ExecutionContext): Promise<Volume> {
  const home = await createHome(t)
  const image = join(home.path, 'image')
  await writeFile(image, '')
  await truncate(image, 4 * SIZE_BYTES)
  const device = printed('losetup', ['--find', '--show', image])
  t.teardown(() => printed('losetup', ['--detach', device]))
  const group = basename(home.path).toLowerCase()
  printed('pvcreate', ['--quiet', device])
  printed('vgcreate', [group, device])
  t.teardown(() => printed('vgremove', ['--force', '--yes', group]))
  printed('lvcreate', ['--yes', '--size', '32M', '--name', 'data', group])
  printed('mkfs.ext4', ['-q', `/dev/${group}/data`])
  const data = join(home.path, 'data')
  printed('mkdir', [data])
  printed('mount', [`/dev/${group}/data`, data])
  t.teardown(() => printed('umount', [data]))
  const isSnapshotThere = (): boolean => printed('lvs', ['--noheadings', '-o', 'lv_name', group]).includes('pocket-data')
  const mountPoint = join(home.path, 'mounted')
  return {home, data, mountPoint, isSnapshotThere, places: {vg0: group, '10G': '16M', '/run/pocket-data': mountPoint, '/srv/data': data}}
}

async function standInVolume(t: ExecutionContext): Promise<Volume> {
  const home = await createHome(t)
  const {image, path} = mountDisk(t, home.path, 'ext4', SIZE_BYTES)
  const copy = join(home.path, 'snapshot')
  const known = 'for last; do :; done\n'
  writeProgram(
    home.path,
    'lvs',
    `#!/bin/sh\n${known}[ "$last" = vg0/pocket-data ] && [ -e '${copy}' ] || { echo 'Failed to find logical volume' >&2; exit 5; }`,
  )
  writeProgram(
    home.path,
    'lvcreate',
    `#!/bin/sh\n[ "$*" = '--snapshot --size 10G --name pocket-data vg0/data' ] && [ ! -e '${copy}' ] || exit 5
[ -z "$NO_ROOM" ] || { echo 'insufficient free space' >&2; exit 5; }
fsfreeze --freeze '${path}' && cp '${image}' '${copy}' && fsfreeze --unfreeze '${path}'`,
  )
  const inUse = `[ -z "$(losetup --associated '${copy}')" ] || { echo 'contains a filesystem in use' >&2; exit 5; }`
  const programs = writeProgram(home.path, 'lvremove', `#!/bin/sh\n[ "$*" = '--yes vg0/pocket-data' ] || exit 5\n${inUse}\nrm '${copy}'`)
  const mountPoint = join(home.path, 'mounted')
  return {
    home,
    data: path,
    mountPoint,
    places: {'/dev/vg0/pocket-data': copy, '/run/pocket-data': mountPoint, '/srv/data': path},
    environment: {PATH: `${programs}:${process.env.PATH}`},
    isSnapshotThere: () => existsSync(copy),
  }
}

async function comesBack(t: ExecutionContext, {home, data, places, environment, ...volume}: Volume): Promise<Recipe> {
  for (let index = 0; index < 20; index++) await writeFile(join(data, `file-${index}`), `content ${index}`.repeat(100))
  const recipe = await followRecipe(t, 'lvm', {places, environment}, home)
  const isClear = async (): Promise<boolean> => !volume.isSnapshotThere() && (await readdir(volume.mountPoint)).length === 0
  await recipe.save()
  t.true(await isClear())
  await writeFile(join(data, 'file-3'), 'changed')
  await recipe.save()
  const [{runs}] = await home.json(['runs'])
  t.is(runs.at(-1).bytes_read, 'changed'.length)
  await writeFile(join(data, 'file-3'), 'damaged')
  await rm(join(data, 'file-5'))
  await recipe.restore()
  t.is(readFileSync(join(data, 'file-3'), 'utf8'), 'changed')
  t.is(readFileSync(join(data, 'file-5'), 'utf8'), 'content 5'.repeat(100))
  // A run that was killed has left its snapshot mounted.
  await recipe.save()
  await recipe.run({onStart: (child) => killOnceMounted(child, volume.mountPoint)})
  t.false(await isClear())
  await writeFile(join(data, 'late'), 'of today')
  await recipe.save()
  t.is((await home.succeed(['cat', 'latest:late'])).stdout, 'of today')
  t.true(await isClear())
  return recipe
}

function killOnceMounted(child: ChildProcess, mountPoint: string): void {
  const poll = setInterval(() => {
    if (readFileSync('/proc/self/mounts', 'utf8').includes(mountPoint)) child.kill('SIGKILL')
  }, 2)
  child.on('exit', () => clearInterval(poll))
}

tryRecipe('recipe lvm: what is changed or lost comes back; what a run that was killed has left is replaced', NEEDS_LVM, async (t) => {
  await comesBack(t, await realVolume(t))
})

tryRecipe('recipe lvm, with stand-ins for its programs: comes back; what a run that was killed has left is replaced', NEEDS, async (t) => {
  await comesBack(t, await standInVolume(t))
})

tryRecipe('recipe lvm, with stand-ins for its programs: without room for the snapshot nothing is saved', NEEDS, async (t) => {
  const volume = await standInVolume(t)
  const recipe = await followRecipe(t, 'lvm', {...volume, environment: {...volume.environment, NO_ROOM: '1'}}, volume.home)
  await recipe.fail(/makes a snapshot of the volume data/)
  t.regex(await recipe.output(), /insufficient free space/)
})
