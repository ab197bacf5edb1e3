/** Fetches what is lost in a repository from a copy of it. */
import {compressionLevel} from '../compression/levels.js'
import {Pacer} from '../engine/pacer.js'
import {ChunkRecovery, type Recovered} from '../engine/recover-chunks.js'
import {RepackSink} from '../engine/repack.js'
import {loadSoundIndex} from '../engine/sound-index.js'
import {PocketError} from '../errors.js'
import type {FinishedPack} from '../repository/pack-builder.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {tidyIndexes, writeChunks, type WriteSession} from '../repository/write-session.js'
import {equalBytes} from '../util/bytes.js'
import {type RepairOptions, RepairReport} from './repair-events.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface RepairFromResult {
  dryRun: boolean
  snapshots: number
  /** Lost chunks that were fetched, and their bytes before compression. */
  recoveredChunks: number
  recoveredBytes: number
  /** Lost chunks that the copy does not have either. */
  missingChunks: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** Throws `usage` when `other` has other keys, so that nothing can be found in it by its id. Nothing is changed in `other`. */
export async function repairFrom(repository: Repository, other: Repository, options: RepairOptions = {}): Promise<RepairFromResult> {
  refuseStranger(repository, other)
  const report = new RepairReport(options)
  const dryRun = options.dryRun ?? false
  const level = compressionLevel('auto')
  const snapshots = (await loadSnapshots(repository, report.onDamaged)).filter(({record}) => !record.isIncomplete)
  const recovered = await writeChunks(repository, {treeLevel: level, isDryRun: dryRun, checksPacks: true}, async (session) => {
    const recovery = await beginRecovery(session, other, options, report)
    const progress = report.progress('trees')
    for (const [place, {record}] of snapshots.entries()) {
      progress(place, snapshots.length)
      await recovery.recover(record.root)
    }
    return recovery.finish()
  })
  if (!dryRun && recovered.chunks > 0) await tidyIndexes(repository)
  return {
    dryRun,
    snapshots: snapshots.length,
    recoveredChunks: recovered.chunks,
    recoveredBytes: recovered.bytes,
    missingChunks: recovered.missing,
    elapsedMs: report.elapsedMs,
    ...trafficOf(repository),
  }
}

async function beginRecovery(
  session: WriteSession,
  other: Repository,
  {signal}: RepairOptions,
  report: RepairReport,
): Promise<{recover: ChunkRecovery['recover']; finish: () => Recovered}> {
  const {repository} = session
  const index = await loadSoundIndex(repository, report.onDamaged)
  const reader = repository.readTreesWith(index)
  reader.expectAll()
  const theirs = {tree: await other.trees(), data: await other.dataChunks()}
  const emit = (pack: FinishedPack): void => session.putPack(pack, () => undefined)
  const sink = new RepackSink('data', {repository, level: compressionLevel('auto'), emit}, repository.packBytes(index))
  const recovery = new ChunkRecovery({
    index,
    read: (chunk) => reader.read(chunk),
    fetch: (kind, reference) => theirs[kind].read(reference),
    store: async (kind, id, bytes) => {
      await session.ready()
      if (kind === 'tree') session.saveTree(bytes)
      else sink.addChunk(bytes, id)
    },
    pacer: new Pacer({signal, backpressure: () => session.ready()}),
  })
  const finish = (): Recovered => {
    sink.finish()
    return recovery.result
  }
  return {recover: (root) => recovery.recover(root), finish}
}

function refuseStranger(repository: Repository, other: Repository): void {
  const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean => (a && b ? equalBytes(a, b) : a === b)
  if (isSame(repository.keys.dataChunkKey, other.keys.dataChunkKey) && isSame(repository.keys.treeChunkKey, other.keys.treeChunkKey)) return
  throw new PocketError('usage', `the repository at '${other.location}' has other keys, so that nothing can be found in it by its name`, {
    hint: 'only a copy of the repository itself can give back what is lost; restore files from the other one and snapshot them',
  })
}
