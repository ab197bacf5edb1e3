import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../src/errors.js'

/**
 * Shows one data folder after another under one path, by renaming, so that a next version lies where the first one lay.
 * A note of where the shown folder belongs survives a crash: the next `clear` puts it back.
 */
export class Stage {
  readonly path: string
  readonly #data: string
  readonly #note: string

  constructor(dataFolder: string) {
    this.#data = dataFolder
    this.path = join(dataFolder, 'stage', 'source')
    this.#note = join(dataFolder, 'stage', 'origin')
  }

  /** Moves `<data>/<name>` to `path`, and whatever was there back to its own place. */
  async show(name: string): Promise<void> {
    await this.clear()
    await mkdir(join(this.#data, 'stage'), {recursive: true})
    await writeFile(this.#note, name)
    await rename(join(this.#data, name), this.path)
  }

  async clear(): Promise<void> {
    const name = await ifPresent(readFile(this.#note, 'utf8'))
    if (name === undefined) return
    await ifPresent(rename(this.path, join(this.#data, name)))
    await rm(this.#note)
  }
}

async function ifPresent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
