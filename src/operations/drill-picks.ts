/** Which files a drill restores: drawn at random, and of several drawn at a time the one that was proven longest ago. */
import {type DrawnFile, type DrawWeight, FileDraw} from '../snapshot/draw-file.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import {isDamage, type PocketError} from '../errors.js'
import type {ChunkIndex, FrameLocation} from '../repository/chunk-index.js'
import type {ProvenFrames} from '../repository/proven-frames.js'
import {readContent, type ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, bytesToByteString} from '../util/bytes.js'

/** Of so many the one is taken that was proven longest ago; of every fourth pick, the first, so that no file is passed over for ever. */
const CANDIDATES = 8
const UNPREFERRED_EVERY = 4
/** So many picks in a row that give nothing are the end: there is nothing left, or it cannot be found. */
const FRUITLESS_PICKS = 4
/** Chunks that are looked up to tell how long ago a file was proven. */
const MOST_LOOKUPS = 4096

export interface Pick {
  snapshot: FoundSnapshot
  file: DrawnFile
}

export interface PicksOptions {
  snapshots: readonly FoundSnapshot[]
  read: ReadTree
  index: ChunkIndex
  proven: ProvenFrames
  random: () => number
  nowMs: number
  onDamage: (snapshot: FoundSnapshot, path: ByteString, error: PocketError) => void
}

export class DrillPicks {
  readonly #options: PicksOptions
  readonly #draws = new Map<FoundSnapshot, FileDraw>()
  readonly #seen = new Set<string>()
  readonly #large = new Set<string>()
  #picks = 0

  constructor(options: PicksOptions) {
    this.#options = options
  }

  /** Files that were drawn, and were larger than they may be. */
  get tooLarge(): number {
    return this.#large.size
  }

  /** A file that was not given before and has at most `mostBytes`; undefined when none was found. */
  async next(mostBytes: number): Promise<Pick | undefined> {
    for (let fruitless = 0; fruitless < FRUITLESS_PICKS; fruitless++) {
      const number = this.#picks++
      const count = number % UNPREFERRED_EVERY === UNPREFERRED_EVERY - 1 ? 1 : CANDIDATES
      const pick = await this.#oldestOf(count, number % 2 === 0 ? 'bytes' : 'files', mostBytes)
      if (pick === undefined) continue
      this.#seen.add(keyOf(pick))
      return pick
    }
    return undefined
  }

  async #oldestOf(count: number, weight: DrawWeight, mostBytes: number): Promise<Pick | undefined> {
    let oldest: {pick: Pick; provenMs: number} | undefined
    // Draws that give nothing are made good, within bounds.
    for (let draws = 0, found = 0; found < count && draws < CANDIDATES; draws++) {
      const pick = await this.#draw(weight)
      if (pick === undefined || this.#seen.has(keyOf(pick)) || !this.#fits(pick, mostBytes)) continue
      found++
      const provenMs = count === 1 ? 0 : await this.#provenMs(pick)
      if (oldest === undefined || provenMs < oldest.provenMs) oldest = {pick, provenMs}
    }
    return oldest?.pick
  }

  async #draw(weight: DrawWeight): Promise<Pick | undefined> {
    const {snapshots, random} = this.#options
    const weights = snapshots.map(({record}) => record.summary.total[weight])
    let left = random() * weights.reduce((sum, one) => sum + one, 0)
    const snapshot = snapshots.find((_one, number) => weights[number] > 0 && (left -= weights[number]) < 0)
    const file = snapshot && (await this.#drawOf(snapshot).draw(snapshot.record.root, weight))
    return file && {snapshot, file}
  }

  #drawOf(snapshot: FoundSnapshot): FileDraw {
    const {read, random, onDamage} = this.#options
    const known = this.#draws.get(snapshot)
    if (known) return known
    // What is kept of one snapshot's pages goes with it.
    if (this.#draws.size >= CANDIDATES) this.#draws.clear()
    const draw = new FileDraw({read, random, onDamage: (path, error) => onDamage(snapshot, path, error)})
    this.#draws.set(snapshot, draw)
    return draw
  }

  #fits(pick: Pick, mostBytes: number): boolean {
    if (pick.file.entry.sizeBytes <= mostBytes) return true
    this.#large.add(keyOf(pick))
    return false
  }

  /** When that of its frames was proven which was so longest ago; 0 for never; for a file without content, as if just now. */
  async #provenMs({file}: Pick): Promise<number> {
    const {proven, nowMs} = this.#options
    let oldest = nowMs
    try {
      for await (const frame of framesOf(file, this.#options, MOST_LOOKUPS)) oldest = Math.min(oldest, proven.lastMs(frame, nowMs) ?? 0)
    } catch (error) {
      // It is told when the file is restored.
      if (!isDamage(error)) throw error
      return 0
    }
    return oldest
  }
}

/** The frames of a file's content, each once; those of its first `most` chunks. A chunk that is in none is left out. Throws what reading lists of chunks throws. */
export async function* framesOf(
  {entry}: DrawnFile,
  {read, index}: FrameLookup,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<FrameLocation, void> {
  const seen = new Set<number>()
  let lookups = 0
  for await (const {ids, lengths} of readContent(read, entry.references, entry.depth)) {
    for (let place = 0; place < lengths.length; place++) {
      if (lookups++ >= most) return
      const number = index.locate(ids, place * CHUNK_ID_BYTES)?.frame
      if (number === undefined || seen.has(number)) continue
      seen.add(number)
      yield index.frame(number)
    }
  }
}

interface FrameLookup {
  read: ReadTree
  index: ChunkIndex
}

/** One version of a file at one place, whichever snapshot it was drawn from. */
function keyOf({snapshot, file: {path, entry}}: Pick): string {
  return `${snapshot.record.host}\0${snapshot.record.base}\0${path}\0${entry.mtimeNs}\0${bytesToByteString(entry.references.ids)}`
}
