import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {runCommand} from '../command.js'
import {removeFolder} from '../disk.js'
import {SeededBytes} from './seed.js'

/** No multiple of any chunk, frame or page size: with its header and padding it moves all that follows by 778,752 bytes. */
const SHIFT_BYTES = 777_777

/** Writes `source.tar` of `folder` into `first`, and into `second` the same with one more file in front. */
export async function writeTars(folder: string, first: string, second: string): Promise<void> {
  const extra = join(second, 'extra')
  await mkdir(first, {recursive: true})
  await mkdir(extra, {recursive: true})
  await writeFile(join(extra, '0-in-front.bin'), new SeededBytes('tar shift').take(SHIFT_BYTES))
  const settings = ['--create', '--sort=name', '--numeric-owner', '--mtime=@1700000000']
  const tree = ['--directory', folder, '.']
  await runCommand({program: 'tar', arguments: [...settings, '--file', join(first, 'source.tar'), ...tree]})
  const shifted = ['--file', join(second, 'source.tar'), '--directory', extra, '0-in-front.bin', ...tree]
  await runCommand({program: 'tar', arguments: [...settings, ...shifted]})
  await removeFolder(extra)
}
