/** Looks whether everything that the snapshots need is there and whole. Changes nothing. */
import {type DamagedPath, TreeCheck} from '../engine/check-trees.js'
import {type DataSubset, isDamageOfOne, PackCheck, type PackCounts} from '../engine/check-packs.js'
import {Pacer} from '../engine/pacer.js'
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {idInName, INDEX_PREFIX, KEYS_PREFIX, snapshotName, SNAPSHOTS_PREFIX} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshot, type StoredSnapshot} from '../repository/snapshot-store.js'
import {areNamed} from '../repository/verifying.js'
import {joinPath} from '../filesystem/native-path.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {displayName} from '../util/bytes.js'
import {monotonicMs} from '../util/clock.js'
import {mapBounded} from '../util/concurrency.js'
import {type Traffic, trafficOf} from './traffic.js'

export type {DataSubset}

export interface CheckOptions {
  /** Which packs are read and checked byte by byte; none unless given. */
  readData?: DataSubset
  signal?: AbortSignal
  onEvent?: (event: CheckEvent) => void
}

export type CheckEvent =
  | {type: 'progress'; phase: 'packs' | 'data' | 'trees'; done: number; total: number; elapsedMs: number}
  /** An object of the repository is damaged or gone. */
  | {type: 'damaged-object'; code: string; message: string; hint?: string}
  /** A file or folder cannot be restored as it was, in these snapshots. */
  | {type: 'damaged-path'; path: string; code: string; message: string; snapshots: ObjectId[]}

export interface CheckResult extends PackCounts {
  snapshots: number
  directories: number
  files: number
  /** Bytes of packs that were read. */
  readBytes: number
  damagedObjects: number
  damagedPaths: number
  damagedSnapshots: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** Findings are events; nothing is thrown for damage, but what keeps the check from going on is. */
export async function checkRepository(repository: Repository, options: CheckOptions = {}): Promise<CheckResult> {
  return new RepositoryCheck(repository, options).run()
}

class RepositoryCheck {
  readonly #repository: Repository
  readonly #options: CheckOptions
  readonly #startMs = monotonicMs()
  #damagedObjects = 0
  /** Names of small objects that cannot be read as they were written. */
  readonly #spoilt = new Set<string>()
  #lostSnapshots = 0

  constructor(repository: Repository, options: CheckOptions) {
    this.#repository = repository
    this.#options = options
  }

  async run(): Promise<CheckResult> {
    const {readData, signal} = this.#options
    // In the order in which whoever reads does it: what a snapshot needs was indexed before it was there.
    for (const prefix of [KEYS_PREFIX, SNAPSHOTS_PREFIX, INDEX_PREFIX]) await this.#checkObjects(prefix)
    const snapshots = await this.#loadSnapshots()
    const index = await this.#repository.loadIndex()
    const onProgress = (done: number, total: number): void => this.#progress('data', done, total)
    const packs = new PackCheck({repository: this.#repository, index, signal, onDamaged: this.#onDamaged, onProgress})
    this.#progress('packs', 0, index.packs.length)
    const counts = await packs.compare()
    const readBytes = readData ? await packs.read(readData) : 0
    const reader = await this.#repository.trees()
    reader.expectAll()
    const pacer = new Pacer({signal, backpressure: () => Promise.resolve()})
    // What only the cache of this machine has is lost for every other.
    const read: ReadTree = (chunk) => {
      const location = index.locate(chunk.id)
      return location && packs.isLost(location.frame) ? Promise.reject(lostListing()) : reader.read(chunk)
    }
    const trees = new TreeCheck({index, read, isLost: packs.isLost, pacer})
    const damaged = await this.#checkTrees(trees, snapshots)
    const damagedPaths = await this.#tellPaths(trees, damaged)
    // Whatever was found, the next snapshot is to look for it.
    if (this.#damagedObjects + damagedPaths > 0) await this.#repository.distrustPacks()
    return {
      snapshots: snapshots.length + this.#lostSnapshots,
      directories: trees.directories,
      files: trees.files,
      ...counts,
      readBytes,
      damagedObjects: this.#damagedObjects,
      damagedPaths,
      damagedSnapshots: damaged.length + this.#lostSnapshots,
      elapsedMs: monotonicMs() - this.#startMs,
      ...trafficOf(this.#repository),
    }
  }

  /** Small objects, past any copy of this machine: each is named by its hash. */
  async #checkObjects(prefix: string): Promise<void> {
    const {backend} = this.#repository
    const names: string[] = []
    for await (const {name} of backend.list(prefix)) if (idInName(name)) names.push(name)
    await mapBounded(names, backend.access.parallelCalls, async (name) => {
      try {
        if (!areNamed(name, await backend.get(name, {isFresh: true}))) this.#spoil(name, notAsWritten(prefix, name))
      } catch (error) {
        // Merged with others, or removed, since it was listed.
        if (isPocketError(error, 'object-missing')) return
        if (!isDamageOfOne(error)) throw error
        this.#spoil(name, error)
      }
    })
  }

  #spoil(name: string, problem: PocketError): void {
    this.#spoilt.add(name)
    this.#onDamaged(problem)
  }

  /** Those that can be read in the repository itself; the others are told, and are lost. */
  async #loadSnapshots(): Promise<StoredSnapshot[]> {
    const snapshots: StoredSnapshot[] = []
    await mapBounded(await listSnapshotIds(this.#repository.backend), this.#repository.backend.access.parallelCalls, async (id) => {
      const name = snapshotName(id)
      if (this.#spoilt.has(name)) return void this.#lostSnapshots++
      try {
        snapshots.push({id, record: await loadSnapshot(this.#repository, id)})
      } catch (error) {
        if (isPocketError(error, 'snapshot-missing')) return
        if (!isPocketError(error, 'damaged-snapshot') && !isPocketError(error, 'format-too-new')) throw error
        this.#lostSnapshots++
        this.#spoil(name, error)
      }
    })
    return snapshots.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The snapshots that cannot be restored wholly. */
  async #checkTrees(trees: TreeCheck, snapshots: readonly StoredSnapshot[]): Promise<StoredSnapshot[]> {
    const damaged: StoredSnapshot[] = []
    for (const [place, snapshot] of snapshots.entries()) {
      this.#progress('trees', place, snapshots.length)
      if (!(await trees.isWhole(snapshot.record.root))) damaged.push(snapshot)
    }
    return damaged
  }

  /** Tells each path once, with all snapshots in which it is damaged in the same way. */
  async #tellPaths(trees: TreeCheck, damaged: readonly StoredSnapshot[]): Promise<number> {
    const found = new Map<string, {path: DamagedPath; full: string; snapshots: ObjectId[]}>()
    for (const {id, record} of damaged) {
      for await (const path of trees.damaged(record.root)) {
        const full = displayName(path.path === '' ? record.base : joinPath(record.base, path.path))
        const key = `${full}\0${path.code}\0${path.message}`
        const known = found.get(key)
        if (known) known.snapshots.push(id)
        else found.set(key, {path, full, snapshots: [id]})
      }
    }
    for (const {path, full, snapshots} of found.values()) {
      this.#emit({type: 'damaged-path', path: full, code: path.code, message: path.message, snapshots})
    }
    return found.size
  }

  readonly #onDamaged = ({code, message, hint}: PocketError): void => {
    this.#damagedObjects++
    this.#emit({type: 'damaged-object', code, message, ...(hint !== undefined && {hint})})
  }

  #progress(phase: 'packs' | 'data' | 'trees', done: number, total: number): void {
    this.#emit({type: 'progress', phase, done, total, elapsedMs: monotonicMs() - this.#startMs})
  }

  #emit(event: CheckEvent): void {
    this.#options.onEvent?.(event)
  }
}

const DAMAGED: Readonly<Record<string, {code: ErrorCode; hint: string}>> = {
  [KEYS_PREFIX]: {code: 'damaged-key', hint: 'use another password or key file, and remove this one'},
  [SNAPSHOTS_PREFIX]: {
    code: 'damaged-snapshot',
    hint: 'this snapshot is lost unless you have a copy of the object; others are not affected',
  },
  [INDEX_PREFIX]: {
    code: 'damaged-index',
    hint: 'remove the object from the repository, then take a snapshot with --no-cache: the packs that it named are taken in again',
  },
}

function lostListing(): PocketError {
  return new PocketError('chunk-missing', 'what lists it is in a pack that is damaged or gone')
}

function notAsWritten(prefix: string, name: string): PocketError {
  const {code, hint} = DAMAGED[prefix]
  return new PocketError(code, `'${name}' is not as it was written`, {hint})
}
