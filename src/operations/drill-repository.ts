/** A restore drill: brings files back that were drawn at random, and proves that they are what they were. Changes nothing in the repository. */
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import type {Repository} from '../repository/repository.js'
import {ProvenFrames} from '../repository/proven-frames.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {displayName} from '../util/bytes.js'
import {joinPath} from '../filesystem/native-path.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import type {DrillOptions, DrillResult} from './drill-events.js'
import {DrillFindings} from './drill-findings.js'
import {DrillPicks, type Pick} from './drill-picks.js'
import {freeBytes, inDrillPlace} from './drill-place.js'
import {DrillRound} from './drill-round.js'
import {chooseExactly, findSnapshots} from './find-snapshot.js'
import {DRILL_WINDOW_MS, drillsDirectory, provenPath} from './proven-share.js'
import {trafficOf} from './traffic.js'

export type {DrillEvent, DrillOptions, DrillResult} from './drill-events.js'

const FILES = 20
const BYTES = 4 * 1024 ** 3
/** What is restored before it is compared and removed: bounds what the temporary place has to hold, but for one large file. */
const ROUND_FILES = 8
const ROUND_BYTES = 256 * 1024 * 1024
/** Of what is free: others write there, too. */
const MOST_OF_FREE = 0.9

/**
 * What is damaged or rotten is an event, and counted. Throws `snapshot-missing` for references that name none, `no-space` when there is no room for
 * any file, or none is left; `interrupted`. What was restored is removed whatever happens.
 */
export async function drillRepository(repository: Repository, options: DrillOptions): Promise<DrillResult> {
  return new Drill(repository, options).run()
}

class Drill {
  readonly #repository: Repository
  readonly #options: DrillOptions
  readonly #startMs = monotonicMs()
  readonly #findings: DrillFindings
  #files = 0
  #bytes = 0

  constructor(repository: Repository, options: DrillOptions) {
    this.#repository = repository
    this.#options = options
    this.#findings = new DrillFindings(options.onEvent)
  }

  async run(): Promise<DrillResult> {
    const {stateDirectory, target = tmpdir(), random = Math.random} = this.#options
    const snapshots = await this.#choose()
    const index = await this.#repository.loadIndex()
    const trees = await this.#repository.trees()
    const read: ReadTree = (chunk) => trees.read(chunk)
    const proven = await ProvenFrames.load(provenPath(stateDirectory, this.#repository.id))
    let totalBytes = 0
    for (let frame = 0; frame < index.frameCount; frame++) {
      const {pack, storedLength} = index.frame(frame)
      if (pack.kind === 'data') totalBytes += storedLength
    }
    proven.retain((id) => index.hasPack(id), totalBytes)
    const nowMs = clockMs()
    const findings = this.#findings
    const picks = new DrillPicks({
      snapshots,
      read,
      index,
      proven,
      random,
      nowMs,
      onDamage: ({id, record}, path, error) =>
        findings.damaged(displayName(path === '' ? record.base : joinPath(record.base, path)), id, error),
    })
    const round = new DrillRound({repository: this.#repository, read, index, proven, findings, options: this.#options})
    try {
      if (snapshots.length > 0) {
        const place = {parent: target, drillsDirectory: drillsDirectory(stateDirectory)}
        await inDrillPlace(place, (folder) => this.#drill(picks, round, {folder, target}))
      }
    } finally {
      await proven.save()
    }
    if (findings.damagedObjects + findings.damagedPaths > 0) await this.#repository.distrustPacks()
    const windowMs = this.#options.windowMs ?? DRILL_WINDOW_MS
    return {
      snapshots: snapshots.length,
      files: this.#files,
      bytes: this.#bytes,
      liveCompared: round.liveCompared,
      damagedObjects: findings.damagedObjects,
      damagedPaths: findings.damagedPaths,
      rotten: findings.rotten,
      tooLarge: picks.tooLarge,
      provenBytes: proven.provenBytes(clockMs() - windowMs, clockMs()),
      totalBytes,
      windowMs,
      elapsedMs: monotonicMs() - this.#startMs,
      ...trafficOf(this.#repository),
    }
  }

  async #choose(): Promise<readonly FoundSnapshot[]> {
    const {references, exactly} = this.#options
    if (references?.length) return findSnapshots(this.#repository, references)
    const all = await loadSnapshots(this.#repository, (error) => this.#findings.object(error))
    return exactly ? chooseExactly(all, exactly) : all
  }

  async #drill(picks: DrillPicks, round: DrillRound, {folder, target}: {folder: string; target: string}): Promise<void> {
    for (let number = 0; ; number++) {
      const room = Math.floor((await freeBytes(folder)) * MOST_OF_FREE)
      const chosen = await this.#pickRound(picks, room)
      if (chosen.length === 0) {
        if (this.#files === 0 && picks.tooLarge > 0 && room < this.#leftBytes) throw noSpace(target, room)
        return
      }
      try {
        await round.run(chosen, join(folder, String(number)))
      } catch (error) {
        if (isPocketError(error, 'no-space')) throw noSpace(target, await freeBytes(folder), error)
        throw error
      }
      this.#files += chosen.length
      for (const {file} of chosen) this.#bytes += file.entry.sizeBytes
      this.#progress()
    }
  }

  async #pickRound(picks: DrillPicks, room: number): Promise<Pick[]> {
    const {files = FILES, signal, maxDurationMs = Number.POSITIVE_INFINITY} = this.#options
    const chosen: Pick[] = []
    let bytes = 0
    while (this.#files + chosen.length < files && chosen.length < ROUND_FILES && bytes < ROUND_BYTES) {
      if (signal?.aborted) throw new PocketError('interrupted', 'the drill was interrupted')
      if (monotonicMs() - this.#startMs >= maxDurationMs) break
      const pick = await picks.next(Math.min(room, this.#leftBytes) - bytes)
      if (pick === undefined) break
      chosen.push(pick)
      bytes += pick.file.entry.sizeBytes
    }
    return chosen
  }

  get #leftBytes(): number {
    return (this.#options.bytes ?? BYTES) - this.#bytes
  }

  #progress(): void {
    const {files: totalFiles = FILES, onEvent} = this.#options
    onEvent?.({type: 'progress', files: this.#files, totalFiles, bytes: this.#bytes, elapsedMs: monotonicMs() - this.#startMs})
  }
}

function noSpace(place: string, free: number, cause?: PocketError): PocketError {
  return new PocketError('no-space', `no space left in the temporary place '${place}' of the drill, where ${free} bytes are free`, {
    hint: 'name another folder with --target, or restore less at a time with --bytes',
    cause,
  })
}

function clockMs(): number {
  return Number(nowNs() / 1_000_000n)
}
