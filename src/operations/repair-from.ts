/** Fetches what is lost in a repository from another one that has it. */
import {compressionLevel} from '../compression/levels.js'
import {Pacer} from '../engine/pacer.js'
import {ChunkRecovery, type Recovered, type RecoveryOptions} from '../engine/recover-chunks.js'
import {FileRecovery} from '../engine/recover-files.js'
import {repackPackers} from '../engine/repack.js'
import {loadSoundIndex} from '../engine/sound-index.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {FinishedPack} from '../repository/pack-builder.js'
import {haveSameIds} from '../repository/key-schedule.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {tidyIndexes, writeChunks, type WriteSession} from '../repository/write-session.js'
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

/**
 * Where `other` has the same keys, as a copy has, everything that is lost is looked up by its id. Where it has others, files are looked for by
 * path, size and time, and only content that is lost can be fetched, and no listings. Nothing is changed in `other`.
 */
export async function repairFrom(repository: Repository, other: Repository, options: RepairOptions = {}): Promise<RepairFromResult> {
  const report = new RepairReport(options)
  const dryRun = options.dryRun ?? false
  const level = compressionLevel('auto')
  const snapshots = (await loadSnapshots(repository, report.onDamaged)).filter(({record}) => !record.isIncomplete)
  const recovered = await writeChunks(repository, {treeLevel: level, isDryRun: dryRun, checksPacks: true}, async (session) => {
    const recovery = await beginRecovery(session, other, options, report)
    const progress = report.progress('trees')
    for (const [place, {record}] of snapshots.entries()) {
      progress(place, snapshots.length)
      await recovery.recover(record)
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

interface Recovery {
  recover: (record: SnapshotRecord) => Promise<void>
  finish: () => Recovered
}

async function beginRecovery(session: WriteSession, other: Repository, {signal}: RepairOptions, report: RepairReport): Promise<Recovery> {
  const {repository} = session
  const index = await loadSoundIndex(repository, report.onDamaged)
  const reader = repository.readTreesWith(index)
  reader.expectAll()
  const emit = (pack: FinishedPack): void => session.putPack(pack, () => undefined)
  // Also for pages: the session would leave out what an index names and nobody can read.
  const packers = repackPackers({repository, index, level: compressionLevel('auto'), emit})
  const common: Omit<RecoveryOptions, 'fetch'> = {
    index,
    read: (chunk) => reader.read(chunk),
    store: async (kind, id, bytes) => {
      await session.ready()
      packers[kind].addChunk(bytes, id)
    },
    pacer: new Pacer({signal, backpressure: () => session.ready()}),
  }
  const recovery = await createRecovery(repository, other, common, report)
  const finish = (): Recovered => {
    for (const packer of Object.values(packers)) packer.finish()
    return recovery.result
  }
  return {recover: (record) => recovery.recover(record), finish}
}

async function createRecovery(
  repository: Repository,
  other: Repository,
  common: Omit<RecoveryOptions, 'fetch'>,
  {onDamaged}: RepairReport,
): Promise<{recover: (record: SnapshotRecord) => Promise<void>; result: Recovered}> {
  if (!haveSameIds(repository.keys, other.keys)) {
    const theirs = await loadSnapshots(other, onDamaged)
    return new FileRecovery({...common, repository, other, theirs: theirs.filter(({record}) => !record.isIncomplete)})
  }
  const readers = {tree: await other.trees(), data: await other.dataChunks()}
  const recovery = new ChunkRecovery({...common, fetch: (kind, reference) => readers[kind].read(reference)})
  return {recover: ({root}) => recovery.recover(root), result: recovery.result}
}
