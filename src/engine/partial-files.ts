/** The temporary files of a restore: taken away again unless they become what they are for. */
import {unlinkSync} from 'node:fs'
import {systemCode} from '../errors.js'
import {nativePath} from '../filesystem/native-path.js'
import type {RestoredFile} from './restore-window.js'

export class PartialFiles {
  readonly #files = new Set<RestoredFile>()

  /** Remembers that `file` may have a temporary file from now on. */
  add(file: RestoredFile): void {
    this.#files.add(file)
  }

  /** `file` is under its name. */
  delete(file: RestoredFile): void {
    this.#files.delete(file)
  }

  /** Takes away those that are left, once no worker writes any longer. */
  discard(): void {
    for (const {temporary} of this.#files) {
      if (temporary === undefined) continue
      try {
        unlinkSync(nativePath(temporary))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
      }
    }
    this.#files.clear()
  }
}
