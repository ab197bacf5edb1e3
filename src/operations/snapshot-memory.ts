/**
 * What a program remembers that takes one snapshot after another of the same paths: with it a snapshot can look at what was touched since the
 * last one, and take everything else over.
 *
 * What is taken over is not looked up chunk by chunk. Instead the packs are remembered in which all of it was found: while a session counts on
 * each of them, it counts on every chunk in them, as if it had looked for it (docs/repository-format.md, "Removals", W1). One that is gone, or
 * named by a removal, or damaged is not in the session's index: then everything is walked, and what is lost is stored anew.
 */
import {TreeMemory} from '../engine/tree-memory.js'
import type {Sources} from '../engine/sources.js'
import type {RootEntry, SnapshotRecord} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import type {ByteString} from '../util/bytes.js'

interface Known {
  snapshot: FoundSnapshot
  /** When the run began that last looked at everything: what was written since may have changed unseen in the same tick of a clock. */
  walkedNs: bigint
  packs: readonly ObjectId[]
}

export class SnapshotMemory {
  readonly trees = new TreeMemory()
  #known: Known | undefined

  /** Whether a snapshot is known, so that the next one may look at what was touched alone. */
  get isFilled(): boolean {
    return this.#known !== undefined
  }

  /** When everything was looked at last. Throws RangeError when nothing is known. */
  get walkedNs(): bigint {
    if (!this.#known) throw new RangeError('no snapshot is known')
    return this.#known.walkedNs
  }

  /** The folder that the paths in it are relative to; undefined when nothing is known. */
  get base(): ByteString | undefined {
    return this.#known?.snapshot.record.base
  }

  /** The next snapshot looks at everything. */
  forget(): void {
    this.#known = undefined
  }

  remember(snapshot: FoundSnapshot, walkedNs: bigint, packs: Iterable<ObjectId>): void {
    this.#known = {snapshot, walkedNs, packs: [...packs]}
  }

  /** The snapshot that `sources` can be taken over from, but for what was touched; undefined when everything has to be looked at. */
  async parentFor(
    repository: Repository,
    {base, paths, rootStats}: Sources,
    {host, excludes}: Pick<SnapshotRecord, 'host' | 'excludes'>,
  ): Promise<FoundSnapshot | undefined> {
    const snapshot = this.#known?.snapshot
    if (!snapshot) return undefined
    const {record} = snapshot
    const isSame = record.base === base && record.host === host && areSame(record.paths, paths) && areSame(record.excludes, excludes)
    if (!isSame || record.rootEntry?.inode !== rootStats?.ino) return undefined
    // Whoever has forgotten it wants the next one to be whole by itself.
    return (await repository.backend.stat(snapshotName(snapshot.id))) ? snapshot : undefined
  }

  /** Whether everything that the known snapshot needs can be counted on by a session with this index. */
  isFirmIn(index: ChunkIndex): boolean {
    return this.#known?.packs.every((id) => index.hasPack(id)) ?? false
  }
}

/** Whether the base of a snapshot has the same metadata, but for what follows from its being another copy. */
export function isSameRoot(one: RootEntry | undefined, other: RootEntry | undefined): boolean {
  if (!one || !other) return one === other
  return one.mode === other.mode && one.uid === other.uid && one.gid === other.gid && one.mtimeNs === other.mtimeNs
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, place) => text === other[place])
}
