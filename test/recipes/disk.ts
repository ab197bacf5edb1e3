/** A disk that is a file, mounted in a home until the test ends. */
import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {printed} from './recipe.js'

export interface Disk {
  image: string
  /** Where it is mounted. */
  path: string
}

export function mountDisk(t: ExecutionContext, home: string, type: 'btrfs' | 'ext4', sizeBytes: number): Disk {
  const image = join(home, 'image')
  const path = join(home, 'disk')
  mkdirSync(path)
  writeFileSync(image, '')
  truncateSync(image, sizeBytes)
  execFileSync(`mkfs.${type}`, ['-q', image], {stdio: 'pipe'})
  execFileSync('mount', ['-o', 'loop', image, path], {stdio: 'pipe'})
  t.teardown(() => execFileSync('umount', [path]))
  return {image, path}
}

/** Why a disk of this type cannot be mounted here; undefined when it can. */
export function whyNoDisk(type: 'btrfs' | 'ext4', sizeBytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pocket-disk-'))
  const image = join(folder, 'image')
  try {
    writeFileSync(image, '')
    truncateSync(image, sizeBytes)
    printed(`mkfs.${type}`, ['-q', image])
    printed('mount', ['-o', 'loop', image, folder])
    printed('umount', [folder])
    return undefined
  } catch (error) {
    if (error instanceof Error && 'status' in error) return `a file with ${type} cannot be mounted here`
    throw error
  } finally {
    rmSync(folder, {recursive: true})
  }
}
