import {existsSync} from 'node:fs'
import {mkdir, rename} from 'node:fs/promises'
import {join} from 'node:path'
import {removeFolder} from '../disk.js'

/** Where a workload's material lies, and how to tell what is going on. */
export interface Material {
  dataFolder: string
  log: (line: string) => void
}

/**
 * The folder `<data>/<name>`, made by `fill` when it is not there yet. It appears under its name only when `fill` is through,
 * so that an interrupted run leaves nothing half made.
 */
export async function ensureFolder({dataFolder, log}: Material, name: string, fill: (partial: string) => Promise<void>): Promise<string> {
  const folder = join(dataFolder, name)
  if (existsSync(folder)) return folder
  log(`making ${name}`)
  const partial = `${folder}.partial`
  await removeFolder(partial)
  await mkdir(partial, {recursive: true})
  await fill(partial)
  await rename(partial, folder)
  return folder
}
