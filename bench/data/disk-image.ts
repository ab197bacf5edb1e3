import {readdir, stat, writeFile} from 'node:fs/promises'
import {dirname, join, relative, resolve} from 'node:path'
import {systemCode} from '../../src/errors.js'
import {requireProgram, runCommand} from '../command.js'
import {SeededBytes} from './seed.js'

const IMAGE_MIB = 2048
const INODES = 131_072
/** e2fsprogs' own variable: all times that it sets itself, so that the same folder gives the same image. */
const FIXED_TIME = {E2FSPROGS_FAKE_TIME: '1700000000'}
/** debugfs splits its lines at blanks and has no quoting: leave out the few names that need it. */
const PLAIN_PATH = /^[\w.+/-]+$/

/** Writes an ext4 image of `folder` as `image`, without root. */
export async function writeDiskImage(folder: string, image: string): Promise<void> {
  const identity = ['-U', '6a1e0b3c-5d1f-4b52-9a53-70636b657431', '-E', 'hash_seed=6a1e0b3c-5d1f-4b52-9a53-70636b657432,lazy_itable_init=0']
  await runCommand({
    program: requireProgram('mke2fs', 'e2fsprogs'),
    arguments: ['-q', '-t', 'ext4', '-b', '4096', '-N', `${INODES}`, ...identity, '-d', folder, image, `${IMAGE_MIB}M`],
    environment: {...(process.env as Record<string, string>), ...FIXED_TIME},
  })
}

/**
 * Copies `image` to `changed` and replaces one in a hundred of its files by their namesakes below `newer`, in place, as an
 * update of a running machine would. Returns how many.
 */
export async function writeChangedImage({
  image,
  changed,
  older,
  newer,
}: {
  image: string
  changed: string
  older: string
  newer: string
}): Promise<number> {
  await runCommand({program: 'cp', arguments: ['--sparse=always', image, changed]})
  const paths = await commonFiles(older, newer)
  const chosen = new SeededBytes('disk image')
  const replaced = paths.filter(() => chosen.integer(100) === 0)
  const script = join(dirname(changed), 'debugfs-commands')
  await writeFile(script, replaced.map((path) => replaceCommands(path, resolve(newer, path))).join(''))
  await runCommand({
    program: requireProgram('debugfs', 'e2fsprogs'),
    arguments: ['-w', '-f', script, changed],
    environment: {...(process.env as Record<string, string>), ...FIXED_TIME},
  })
  await runCommand({program: 'rm', arguments: [script]})
  return replaced.length
}

function replaceCommands(path: string, source: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return `rm /${path}\ncd /${dirname(path) === '.' ? '' : dirname(path)}\nwrite ${source} ${name}\n`
}

async function commonFiles(older: string, newer: string): Promise<string[]> {
  const entries = await readdir(older, {recursive: true, withFileTypes: true})
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(older, join(entry.parentPath, entry.name)))
  const present = await Promise.all(paths.map(async (path) => PLAIN_PATH.test(path) && (await isFile(join(newer, path)))))
  return paths.filter((_path, place) => present[place]).sort()
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false
    throw error
  }
}
