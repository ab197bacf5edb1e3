/** Whether frames are whole beyond the chunks that a drill's files need of them. */
import {HEAD_BYTES} from '../format/head.js'
import type {PackDirectory} from '../format/directory.js'
import type {ObjectId} from '../id.js'
import type {FrameLocation} from '../repository/chunk-index.js'
import {packName} from '../repository/names.js'
import {ChunkVerifier, describeFrame, FrameOpener, readPackDirectory, verifyChunks} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'

/** Directories of packs that are kept. */
const KEPT = 16

export class FrameProof {
  readonly #repository: Repository
  readonly #opener: FrameOpener
  readonly #verifier: ChunkVerifier
  readonly #directories = new Map<ObjectId, PackDirectory>()
  readonly #proven = new Set<string>()

  constructor(repository: Repository) {
    this.#repository = repository
    this.#opener = new FrameOpener(repository.sealing)
    this.#verifier = new ChunkVerifier(repository.keys.dataChunkKey)
  }

  /**
   * Reads the frame once more and checks all of its chunks, but where it is sealed: then whoever has opened it knows it to be whole. Throws
   * `damaged-frame`, `damaged-chunk`, `damaged-pack`, and the backend's errors.
   */
  async prove(frame: FrameLocation): Promise<void> {
    const key = `${frame.pack.id} ${frame.ordinal}`
    if (this.#repository.isEncrypted || this.#proven.has(key)) return
    const {backend} = this.#repository
    const name = packName(frame.pack.id)
    const directory = await this.#directoryOf(frame.pack.id)
    const head = await backend.get(name, {range: {start: 0, length: HEAD_BYTES}, isFresh: true})
    const stored = await backend.get(name, {range: {start: frame.offset, length: frame.storedLength}, isFresh: true})
    const raw = this.#opener.openFrame(head, stored, describeFrame(frame))
    const chunk = directory.frameChunkCounts.subarray(0, frame.ordinal).reduce((sum, count) => sum + count, 0)
    const end = chunk + directory.frameChunkCounts[frame.ordinal]
    verifyChunks(this.#verifier, raw, {directory, chunk, end, packId: frame.pack.id})
    this.#proven.add(key)
  }

  async #directoryOf(id: ObjectId): Promise<PackDirectory> {
    const known = this.#directories.get(id)
    if (known) return known
    const {backend, sealing} = this.#repository
    const {directory} = await readPackDirectory(backend, sealing, id)
    if (this.#directories.size >= KEPT) this.#directories.clear()
    this.#directories.set(id, directory)
    return directory
  }
}
