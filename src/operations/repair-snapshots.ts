/** Stores, in the place of each snapshot that lacks something, one that has stand-ins for it. */
import {TreeRepair} from '../engine/repair-tree.js'
import {loadSoundIndex} from '../engine/sound-index.js'
import {compressionLevel} from '../compression/levels.js'
import {PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {Totals} from '../format/totals.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshots, type StoredSnapshot} from '../repository/snapshot-store.js'
import {tidyIndexes, writeChunks} from '../repository/write-session.js'
import {PROGRAM} from '../util/version.js'
import {commitSnapshot} from './commit-snapshot.js'
import {findDamagedPaths, type PathSearch, type PathsFound} from './damaged-paths.js'
import {isIndexCurrent, loadIndex} from '../repository/index-store.js'
import {packName} from '../repository/names.js'
import {listPacks} from '../repository/pack-listing.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {findSnapshot} from './find-snapshot.js'
import {forgetAll} from './forget-snapshots.js'
import {mendSnapshotObjects, removeSpoilt} from './mend-snapshot-objects.js'
import {type RepairOptions, RepairReport} from './repair-events.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface RepairSnapshotsOptions extends RepairOptions {
  /** Ids, unique beginnings of them, `latest`; all unless given. */
  references?: readonly string[]
  /** Forgets those in whose place another was stored, and removes snapshot objects that nobody can read. */
  forget?: boolean
}

export interface RepairSnapshotsResult {
  dryRun: boolean
  /** Snapshots that were looked at, and those of them that lack something. */
  snapshots: number
  damaged: number
  /** In whose place another was stored, now or by an earlier run. */
  repaired: number
  /** Snapshots of which nothing is left. */
  lost: number
  forgotten: number
  /** Snapshot objects that were not as they were written, and of which this machine had a copy. */
  putBack: number
  /** Those of which it had none, and of them those that are there no more. */
  spoilt: number
  removed: number
  damagedPaths: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** What takes the place of a damaged snapshot, before it is stored. */
interface Repaired {
  original: StoredSnapshot
  root: SnapshotRecord['root']
  totals: Totals
  standIns: number
}

/** Throws `snapshot-missing`, `snapshot-ambiguous`, `interrupted`, `chunk-missing` when others have removed packs meanwhile, `damaged-pack` with `forget` where one is cut short. */
export async function repairSnapshots(repository: Repository, options: RepairSnapshotsOptions = {}): Promise<RepairSnapshotsResult> {
  return new SnapshotRepair(repository, options).run()
}

class SnapshotRepair {
  readonly #repository: Repository
  readonly #options: RepairSnapshotsOptions
  readonly #report: RepairReport
  readonly #isDryRun: boolean

  constructor(repository: Repository, options: RepairSnapshotsOptions) {
    this.#repository = repository
    this.#options = options
    this.#report = new RepairReport(options)
    this.#isDryRun = options.dryRun ?? false
  }

  async run(): Promise<RepairSnapshotsResult> {
    const {forget = false} = this.#options
    if (forget) await this.#refuseCutShort()
    const {references = []} = this.#options
    const ids = await listSnapshotIds(this.#repository.backend)
    const objects = references.length === 0 ? ids : references.flatMap((reference) => namedBy(reference, ids))
    const {putBack, spoilt} = await mendSnapshotObjects(this.#repository, objects, this.#isDryRun)
    const all = await loadSnapshots(this.#repository, this.#report.onDamaged)
    const chosen = await this.#choose(
      all,
      references.filter((reference) => !namedBy(reference, ids).some((id) => spoilt.includes(id))),
    )
    const session = {treeLevel: compressionLevel('auto'), isDryRun: this.#isDryRun, checksPacks: true}
    const {repaired, done, lost, damaged, paths} = await writeChunks(this.#repository, session, async (open) => {
      const found = await this.#repairTrees(chosen, all, (bytes) => open.saveTree(bytes))
      await open.ready()
      return found
    })
    for (const one of repaired) {
      const id = this.#isDryRun ? undefined : await this.#commit(one)
      this.#report.tell({type: 'repaired-snapshot', original: one.original.id, id, paths: one.standIns})
    }
    if (repaired.length > 0 && !this.#isDryRun) await tidyIndexes(this.#repository)
    const replaced = [...done, ...repaired.map(({original}) => original.id)]
    const {forgotten} = forget && !this.#isDryRun ? await forgetAll(this.#repository, replaced, this.#options) : {forgotten: []}
    const removed = forget && !this.#isDryRun ? await removeSpoilt(this.#repository, spoilt) : 0
    return {
      dryRun: this.#isDryRun,
      snapshots: chosen.length,
      damaged,
      repaired: replaced.length,
      lost,
      forgotten: forgotten.length,
      putBack,
      spoilt: spoilt.length,
      removed,
      damagedPaths: paths,
      elapsedMs: this.#report.elapsedMs,
      ...trafficOf(this.#repository),
    }
  }

  /** What such a pack still holds counts as lost until it is salvaged. */
  async #refuseCutShort(): Promise<void> {
    const {indexStore, backend} = this.#repository
    const index = await loadIndex({...indexStore, onDamaged: () => undefined})
    const stored = await listPacks(backend)
    const short = index.packs.find(({id, sizeBytes}) => (stored.get(packName(id)) ?? sizeBytes) !== sizeBytes)
    if (!short) return
    throw new PocketError('damaged-pack', `pack '${shortId(short.id)}' is cut short, and some of what it holds may be whole`, {
      hint: "take that out of it with 'pocket repair packs' before snapshots are forgotten",
    })
  }

  /** `references`: those that do not name what cannot be read. */
  async #choose(all: readonly StoredSnapshot[], references: readonly string[]): Promise<StoredSnapshot[]> {
    if ((this.#options.references ?? []).length === 0) return all.filter(({record}) => !record.isIncomplete)
    const chosen = new Map<ObjectId, StoredSnapshot>()
    for (const reference of references) {
      const snapshot = await findSnapshot(this.#repository, reference)
      chosen.set(snapshot.id, snapshot)
    }
    return [...chosen.values()]
  }

  async #repairTrees(
    chosen: readonly StoredSnapshot[],
    all: readonly StoredSnapshot[],
    save: (bytes: Uint8Array) => SnapshotRecord['root'],
  ): Promise<{repaired: Repaired[]; done: ObjectId[]; lost: number; damaged: number; paths: number}> {
    const {read, damaged, paths, trees} = await this.#findDamaged(chosen)
    const repair = new TreeRepair({read, check: trees, save})
    const repaired: Repaired[] = []
    const done: ObjectId[] = []
    let lost = 0
    for (const original of damaged) {
      const stand = all.find(({record}) => record.isRepaired && !record.isIncomplete && record.original === original.id)
      if (stand && (await trees.isWhole(stand.record.root))) {
        done.push(original.id)
        continue
      }
      const tree = await repair.repair(original.record.root)
      if (!tree) lost++
      else repaired.push({original, root: tree.reference, totals: tree.totals, standIns: tree.standIns})
    }
    return {repaired, done, lost, damaged: damaged.length, paths}
  }

  /** Again where something is lost, as long as others rewrite the index meanwhile: it may only have moved. */
  async #findDamaged(chosen: readonly StoredSnapshot[]): Promise<PathsFound & {read: ReadTree}> {
    for (;;) {
      const index = await loadSoundIndex(this.#repository, this.#report.onDamaged)
      const reader = this.#repository.readTreesWith(index)
      reader.expectAll()
      const read = reader.read.bind(reader)
      const told: Parameters<PathSearch['onPath']>[0][] = []
      const found = await findDamagedPaths({
        index,
        read,
        snapshots: chosen,
        signal: this.#options.signal,
        onProgress: this.#report.progress('trees'),
        onPath: (path) => told.push(path),
      })
      if (found.damaged.length > 0 && !(await isIndexCurrent(this.#repository.backend, index))) continue
      for (const path of told) this.#report.tell({type: 'damaged-path', ...path})
      return {...found, read}
    }
  }

  /** Its time is a nanosecond later, so that `latest` is the one that can be restored. */
  async #commit({original: {id, record}, root, totals}: Repaired): Promise<ObjectId> {
    const stored = await commitSnapshot(this.#repository, {
      ...record,
      timeNs: record.timeNs + 1n,
      root,
      original: id,
      isRepaired: true,
      program: PROGRAM,
      summary: {...record.summary, total: totals},
    })
    if (stored !== undefined) return stored
    throw new PocketError('chunk-missing', `what is left of snapshot '${shortId(id)}' was removed by a prune meanwhile`, {
      hint: 'run the same command again',
      retryable: true,
    })
  }
}

/** The one of `ids` that begins so: of what is empty, or the beginning of several, none. */
function namedBy(reference: string, ids: readonly ObjectId[]): ObjectId[] {
  const found = reference === '' ? [] : ids.filter((id) => id.startsWith(reference))
  return found.length === 1 ? found : []
}
