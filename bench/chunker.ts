/**
 * Measures sizes of chunks: what content and its next version cost when cut by each set of sizes.
 *
 *     node dist/bench/chunker.js --sizes 16/64/256 --sizes 32/128/512 first.img,second.img tree-1,tree-2
 *
 * Sizes are minimum/average/maximum in KiB. Each other argument is a series: versions of the same content, files or
 * folders, stored one after the other; each series starts with nothing stored. Prints a Markdown table per series.
 */
import {closeSync, lstatSync, openSync, readdirSync, readSync} from 'node:fs'
import {basename, join} from 'node:path'
import {parseArgs} from 'node:util'
import {Chunker} from '../src/chunker/fastcdc.js'
import {gearTable} from '../src/chunker/gear.js'
import {type ChunkerParameters, DEFAULT_CHUNKER} from '../src/chunker/parameters.js'
import {createCompressor, loadZstd} from '../src/compression/zstd.js'
import {createHasher} from '../src/crypto/blake3.js'
import {monotonicMs} from '../src/util/clock.js'

const KIB = 1024
const MIB = 1024 * KIB
const FRAME_BYTES = MIB
const BUFFER_BYTES = 4 * MIB
const COMPRESSION_LEVEL = 3
/** Of a stored chunk: id and length in its tree, in the index, and in its pack's directory, rounded up. */
const METADATA_BYTES = 100

interface Tally {
  bytes: number
  newChunks: number
  newBytes: number
  storedBytes: number
}

/** Stores versions of one series by one set of sizes, in memory: of a chunk only its id stays. */
class Store {
  readonly #chunker: Chunker
  readonly #hasher = createHasher()
  readonly #compressor = createCompressor(COMPRESSION_LEVEL)
  readonly #known = new Set<string>()
  readonly #frame: Buffer
  #frameBytes = 0
  #tally: Tally = {bytes: 0, newChunks: 0, newBytes: 0, storedBytes: 0}
  cutMs = 0
  hashMs = 0

  constructor(parameters: ChunkerParameters) {
    this.#chunker = new Chunker({parameters, gear: measuringGear(), bufferBytes: Math.max(BUFFER_BYTES, 2 * parameters.maxSize)})
    this.#frame = Buffer.alloc(FRAME_BYTES + parameters.maxSize)
  }

  /** Stores the file or folder at `path` and returns what that added. */
  addVersion(path: string): Tally {
    this.#tally = {bytes: 0, newChunks: 0, newBytes: 0, storedBytes: 0}
    for (const file of filesBelow(path)) this.#addFile(file)
    this.#endFrame()
    return this.#tally
  }

  #addFile(path: string): void {
    const {buffer} = this.#chunker
    const file = openSync(path, 'r')
    let filled = 0
    let isFinal = false
    while (!isFinal) {
      const read = readSync(file, buffer, filled, buffer.length - filled, null)
      filled += read
      this.#tally.bytes += read
      isFinal = read === 0
      const used = this.#addChunks(filled, isFinal)
      buffer.copyWithin(0, used, filled)
      filled -= used
    }
    closeSync(file)
  }

  #addChunks(end: number, isFinal: boolean): number {
    const begin = monotonicMs()
    const found = this.#chunker.cut(0, end, isFinal)
    this.cutMs += monotonicMs() - begin
    let start = 0
    for (const length of this.#chunker.lengths.subarray(0, found)) {
      this.#addChunk(this.#chunker.buffer.subarray(start, start + length))
      start += length
    }
    return start
  }

  #addChunk(chunk: Buffer): void {
    const begin = monotonicMs()
    this.#hasher.reset()
    const id = Buffer.from(this.#hasher.update(chunk).digest()).toString('latin1')
    this.hashMs += monotonicMs() - begin
    if (this.#known.has(id)) return
    this.#known.add(id)
    this.#tally.newChunks++
    this.#tally.newBytes += chunk.length
    this.#frameBytes += chunk.copy(this.#frame, this.#frameBytes)
    if (this.#frameBytes >= FRAME_BYTES) this.#endFrame()
  }

  #endFrame(): void {
    if (this.#frameBytes === 0) return
    const raw = this.#frame.subarray(0, this.#frameBytes)
    this.#tally.storedBytes += Math.min(raw.length, this.#compressor.compress(raw).length)
    this.#frameBytes = 0
  }
}

/** The same gear table in every run, so that its figures can be compared. */
function measuringGear(): BigUint64Array {
  const hasher = createHasher(Buffer.alloc(32, 'bench'))
  return gearTable((counter) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(counter)
    hasher.reset()
    return hasher.update(bytes).digest()
  })
}

/** Plain files at or below `path`, in the order of their names; links and special files are left out. */
function* filesBelow(path: string): Generator<string> {
  const stat = lstatSync(path)
  if (stat.isFile()) yield path
  if (!stat.isDirectory()) return
  for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name))
}

function parseSizes(text: string): ChunkerParameters {
  const [minSize, averageSize, maxSize] = text.split('/').map((part) => Number(part) * KIB)
  return {...DEFAULT_CHUNKER, minSize, averageSize, maxSize}
}

function printSizes({minSize, averageSize, maxSize}: ChunkerParameters): string {
  return [minSize, averageSize, maxSize].map((size) => size / KIB).join('/')
}

function measureSeries(versions: readonly string[], sets: readonly ChunkerParameters[]): void {
  const versionColumns = versions.flatMap((_, index) => [`${index + 1}: chunks`, 'raw MiB', 'stored MiB', '+ metadata'])
  console.log(`\n### ${versions.map((path) => basename(path)).join(', then ')}\n`)
  printRow(['sizes, KiB', ...versionColumns, 'all MiB', 'mean KiB', 'cut GB/s', 'hash GB/s'])
  printRow(Array.from({length: versionColumns.length + 5}, (_, index) => (index === 0 ? '---' : '---:')))
  for (const parameters of sets) {
    const store = new Store(parameters)
    const tallies = versions.map((path) => store.addVersion(path))
    printRow([printSizes(parameters), ...tallies.flatMap(versionCells), ...totalCells(store, tallies)])
  }
}

function versionCells({newChunks, newBytes, storedBytes}: Tally): string[] {
  return [String(newChunks), mib(newBytes), mib(storedBytes), mib(storedBytes + newChunks * METADATA_BYTES)]
}

function totalCells({cutMs, hashMs}: Store, tallies: readonly Tally[]): string[] {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0)
  const bytes = sum((tally) => tally.bytes)
  const chunks = sum((tally) => tally.newChunks)
  const all = sum((tally) => tally.storedBytes) + chunks * METADATA_BYTES
  const meanKib = sum((tally) => tally.newBytes) / Math.max(1, chunks) / KIB
  return [mib(all), meanKib.toFixed(1), gigabytesPerSecond(bytes, cutMs), gigabytesPerSecond(bytes, hashMs)]
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}

function gigabytesPerSecond(bytes: number, elapsedMs: number): string {
  return (bytes / 1e6 / elapsedMs).toFixed(2)
}

function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

const {values, positionals} = parseArgs({allowPositionals: true, options: {sizes: {type: 'string', multiple: true}}})
await loadZstd()
const sets = values.sizes?.map(parseSizes) ?? [DEFAULT_CHUNKER]
for (const series of positionals) measureSeries(series.split(','), sets)
