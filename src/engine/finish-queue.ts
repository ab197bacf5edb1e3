/** Files whose parts are all written, until there are enough of them for a job that gives them their names. */
import type {RestoredFile} from './restore-window.js'

/** Complete files wait for their names in batches; a killed restore leaves a batch under temporary names. */
const MOST_FILES = 256
const MOST_BYTES = 64 * 1024 * 1024

export class FinishQueue {
  readonly #finish: (files: readonly RestoredFile[]) => Promise<void>
  #files: RestoredFile[] = []
  #bytes = 0

  constructor(finish: (files: readonly RestoredFile[]) => Promise<void>) {
    this.#finish = finish
  }

  async add(file: RestoredFile): Promise<void> {
    this.#files.push(file)
    this.#bytes += file.sizeBytes
    if (this.#files.length >= MOST_FILES || this.#bytes >= MOST_BYTES) await this.flush()
  }

  async flush(): Promise<void> {
    const files = this.#files
    if (files.length === 0) return
    this.#files = []
    this.#bytes = 0
    await this.#finish(files)
  }
}
