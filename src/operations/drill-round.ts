/** Restores some files as a restore does, compares them, and removes them. */
import {rm} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {restoreTree} from '../engine/restore-run.js'
import {planTarget} from '../engine/restore-target.js'
import type {RestoreEvent} from '../engine/restore-events.js'
import type {RestoreItem} from '../engine/restore-walk.js'
import {type ErrorCode, fileError, isDamage, isUnreachable, PocketError} from '../errors.js'
import {fromUserPath, joinPath} from '../filesystem/native-path.js'
import type {ChunkIndex, FrameLocation} from '../repository/chunk-index.js'
import {ChunkVerifier} from '../repository/pack-reader.js'
import type {ProvenFrames} from '../repository/proven-frames.js'
import type {Repository} from '../repository/repository.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import {nextTurn} from '../util/concurrency.js'
import {compareLive, type Comparison, differenceOf} from './drill-compare.js'
import type {DrillOptions} from './drill-events.js'
import type {DrillFindings} from './drill-findings.js'
import {FrameProof} from './drill-frames.js'
import {framesOf, type Pick} from './drill-picks.js'

export interface RoundOptions {
  repository: Repository
  read: ReadTree
  index: ChunkIndex
  proven: ProvenFrames
  findings: DrillFindings
  options: DrillOptions
}

/** What a restore told of files, by their names in the round. */
interface Told {
  failed: Map<string, PocketError>
  warned: Map<string, string>
}

export class DrillRound {
  readonly #parts: RoundOptions
  readonly #verifier: ChunkVerifier
  readonly #frames: FrameProof
  liveCompared = 0

  constructor(parts: RoundOptions) {
    this.#parts = parts
    this.#frames = new FrameProof(parts.repository)
    this.#verifier = new ChunkVerifier(parts.repository.keys.dataChunkKey)
  }

  /** `folder` is made, and gone again when this is done. Throws `no-space`, `interrupted`, and what keeps the drill from going on. */
  async run(picks: readonly Pick[], folder: string): Promise<void> {
    try {
      const told = await this.#restore(picks, folder)
      for (const [number, pick] of picks.entries()) await this.#judge(pick, {folder, name: String(number), told})
    } finally {
      await rm(folder, {recursive: true, force: true, maxRetries: 3})
    }
  }

  /** Under numbers for names, so that they fit whatever file system is there. */
  async #restore(picks: readonly Pick[], folder: string): Promise<Told> {
    const {repository, read, options} = this.#parts
    const {signal, workers} = options
    const told: Told = {failed: new Map(), warned: new Map()}
    const target = fromUserPath(folder)
    const plan = await planTarget({target, items: itemsOf(picks), mayOverwrite: false, content: {read, verifier: this.#verifier}, signal})
    const totals = {files: picks.length, bytes: picks.reduce((sum, {file}) => sum + file.entry.sizeBytes, 0)}
    const request = {target, items: itemsOf(picks), plan, rootEntry: undefined, mayOverwrite: false, totals}
    await restoreTree(repository, request, {read, workers: workers ?? 1, signal, emit: (event) => note(told, event)})
    return told
  }

  async #judge(pick: Pick, {folder, name, told}: {folder: string; name: string; told: Told}): Promise<void> {
    const {findings} = this.#parts
    const {snapshot, file} = pick
    const {id, record} = snapshot
    const live = joinPath(record.base, file.path)
    const path = displayName(live)
    const warning = told.warned.get(name)
    if (warning !== undefined) findings.warn(path, warning)
    const failure = told.failed.get(name) ?? (await this.#differenceOf(pick, {folder, name, lacksMetadata: warning !== undefined}))
    if (failure !== undefined) {
      if (isUnreachable(failure)) throw failure
      findings.damaged(path, id, failure)
      return this.#mark(pick, 'unproven')
    }
    await this.#mark(pick, 'proven')
    // The host of a profile stands for this machine, whatever its name.
    if (record.host !== (this.#parts.options.exactly?.host ?? hostname())) return
    const comparison = this.#comparison(pick, {folder, name, lacksMetadata: false})
    const state = await compareLive(comparison, {live, startedNs: record.startedNs})
    if (state !== 'unlike') this.liveCompared++
    if (state === 'rotten') findings.rot(path, id)
  }

  async #differenceOf(pick: Pick, where: {folder: string; name: string; lacksMetadata: boolean}): Promise<PocketError | undefined> {
    try {
      const difference = await differenceOf(this.#comparison(pick, where))
      return difference === undefined ? undefined : new PocketError('io-failed', difference)
    } catch (error) {
      if (isDamage(error)) return error
      throw fileError(error, `cannot read in the temporary place '${where.folder}'`)
    }
  }

  #comparison({file}: Pick, {folder, name, lacksMetadata}: {folder: string; name: string; lacksMetadata: boolean}): Comparison {
    const {repository, read, options} = this.#parts
    const turn = async (): Promise<void> => {
      await nextTurn()
      await repository.backend.paused?.()
      if (options.signal?.aborted) throw new PocketError('interrupted', 'the drill was interrupted')
    }
    return {file, restored: fromUserPath(join(folder, name)), lacksMetadata, content: {read, verifier: this.#verifier}, turn}
  }

  async #mark({file}: Pick, what: 'proven' | 'unproven'): Promise<void> {
    const {proven} = this.#parts
    try {
      for await (const frame of framesOf(file, this.#parts)) {
        if (what === 'unproven') proven.drop(frame)
        else await this.#prove(frame)
      }
    } catch (error) {
      // Lists of chunks that cannot be read have been told.
      if (what === 'proven' || !isDamage(error)) throw error
    }
  }

  async #prove(frame: FrameLocation): Promise<void> {
    const {proven, findings} = this.#parts
    try {
      await this.#frames.prove(frame)
      proven.note(frame, Number(nowNs() / 1_000_000n))
    } catch (error) {
      if (!isDamage(error)) throw error
      findings.object(error)
      proven.drop(frame)
    }
  }
}

async function* itemsOf(picks: readonly Pick[]): AsyncGenerator<RestoreItem, void> {
  for (const [number, {file}] of picks.entries()) {
    yield {path: String(number) as ByteString, entry: {...file.entry, name: String(number) as ByteString}}
  }
}

function note({failed, warned}: Told, event: RestoreEvent): void {
  if (event.type === 'warning') warned.set(event.path, event.message)
  if (event.type !== 'failed') return
  const {path, code, message, hint} = event
  const error = new PocketError(code as ErrorCode, message, {hint})
  const isKnown = isDamage(error) || isUnreachable(error)
  failed.set(path, isKnown ? error : new PocketError('io-failed', message, {hint}))
}
