/** Looks at what is where a restore is to go, before anything is written. */
import {type BigIntStats, closeSync, openSync} from 'node:fs'
import {fileError, isDamage, PocketError, systemCode} from '../errors.js'
import {joinPath, nativePath} from '../filesystem/native-path.js'
import {mayRestoreOwners} from '../filesystem/restore-metadata.js'
import {listDirectory, readLink, statIfPresent, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {TreeEntry} from '../snapshot/entries.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {isStoredContent, type LiveContentOptions} from './live-content.js'
import {Pacer, type PacerOptions} from './pacer.js'
import type {RestoreAction} from './restore-events.js'
import type {RestoreFailure} from './restore-messages.js'
import type {RestoreEntry, RestoreItem} from './restore-walk.js'
import {isTemporaryName} from './temporary-path.js'

/** What is there already. */
export interface TargetPlan {
  /** Whether the target is not there, or an empty folder: then it is ours to give its metadata. */
  isVacant: boolean
  /** What is to be done with each entry that is there, by its path below the target; the others are created. */
  present: ReadonlyMap<ByteString, PresentAction>
  /** Entries of which it cannot be told what is to be done with them, and why: they are left as they are, and count as failed. */
  failed: ReadonlyMap<ByteString, RestoreFailure>
  /** Entries that are kept and have another mode, owner or time than in the snapshot. */
  otherMetadata: readonly ByteString[]
  /** Parts of files that a restore left when it was killed. */
  leftovers: readonly ByteString[]
}

type PresentAction = Exclude<RestoreAction, 'create'>

export interface TargetRequest {
  /** An absolute path. */
  target: ByteString
  items: AsyncIterable<RestoreItem>
  /** Whether entries that differ may be replaced. */
  mayOverwrite: boolean
  content: LiveContentOptions
  signal?: AbortSignal
  /** As of `Pacer`. */
  paused?: PacerOptions['paused']
}

const SHOWN_CONFLICTS = 3
/** What is read of files before others have their turn. */
const BYTES_BETWEEN_TURNS = 32 * 1024 * 1024

/** Throws `target-differs` when something is in the way that may not be replaced, `not-a-directory`, and `interrupted`. */
export async function planTarget(request: TargetRequest): Promise<TargetPlan> {
  const planner = new TargetPlanner(request)
  const vacant = isVacant(request.target)
  if (!vacant) await planner.run()
  const {present, failed, otherMetadata, leftovers} = planner
  return {isVacant: vacant, present, failed, otherMetadata, leftovers}
}

class TargetPlanner {
  readonly #request: TargetRequest
  readonly present = new Map<ByteString, PresentAction>()
  readonly failed = new Map<ByteString, RestoreFailure>()
  readonly otherMetadata: ByteString[] = []
  readonly leftovers: ByteString[] = []
  /** What differs. */
  readonly #conflicts: ByteString[] = []
  /** Folders in the place of something else, which are never replaced. */
  readonly #blocked: ByteString[] = []
  readonly #pacer: Pacer
  readonly #content: LiveContentOptions
  #bytes = 0

  constructor(request: TargetRequest) {
    this.#request = request
    this.#pacer = new Pacer({signal: request.signal, backpressure: () => Promise.resolve(), paused: request.paused})
    this.#content = {...request.content, onRead: (bytes) => this.#read(bytes)}
  }

  async run(): Promise<void> {
    let replaced: string | undefined
    this.#findLeftovers('' as ByteString, this.#request.target)
    for await (const item of this.#request.items) {
      this.#pacer.check()
      if (this.#pacer.isDue()) await this.#pacer.turn()
      // What a link in a folder's place leads to is not what will be there.
      if (item.damage || (replaced !== undefined && item.path.startsWith(replaced))) continue
      await this.#plan(item)
      if (this.present.get(item.path) === 'overwrite') replaced = `${item.path}/`
    }
    this.#refuse()
  }

  async #plan({path, entry}: RestoreEntry): Promise<void> {
    try {
      const own = joinPath(this.#request.target, path)
      const stats = statIfPresent(own)
      if (!stats) return
      if (await this.#isKept(own, entry, stats)) this.#keep(path, own, entry, stats)
      else if (typeOfMode(Number(stats.mode)) === ENTRY_TYPE.directory) this.#blocked.push(path)
      else {
        this.present.set(path, 'overwrite')
        this.#conflicts.push(path)
      }
    } catch (error) {
      const failure = describeFailure(error)
      if (!failure) throw error
      this.failed.set(path, failure)
    }
  }

  #keep(path: ByteString, own: ByteString, entry: TreeEntry, stats: BigIntStats): void {
    this.present.set(path, 'keep')
    if (!hasMetadata(entry, stats)) this.otherMetadata.push(path)
    if (entry.type === ENTRY_TYPE.directory) this.#findLeftovers(path, own)
  }

  #findLeftovers(path: ByteString, own: ByteString): void {
    for (const name of listDirectory(own)) if (isTemporaryName(name)) this.leftovers.push(path === '' ? name : joinPath(path, name))
  }

  async #isKept(path: ByteString, entry: TreeEntry, stats: BigIntStats): Promise<boolean> {
    const type = typeOfMode(Number(stats.mode))
    if (type !== entry.type) return false
    if (type === ENTRY_TYPE.directory) return true
    if (type === ENTRY_TYPE.link) return readLink(path) === entry.target
    return type === ENTRY_TYPE.file && Number(stats.size) === entry.sizeBytes && this.#hasContent(path, entry)
  }

  async #hasContent(path: ByteString, entry: TreeEntry): Promise<boolean> {
    const file = openSync(nativePath(path), 'r')
    try {
      return await isStoredContent(file, entry, this.#content)
    } finally {
      closeSync(file)
    }
  }

  /** Lets others have their turn now and then, such as whoever wants to end the run. */
  #read(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes
    if (this.#bytes < BYTES_BETWEEN_TURNS) return undefined
    this.#bytes = 0
    return this.#pacer.turn()
  }

  #refuse(): void {
    const {target, mayOverwrite} = this.#request
    const [blocked, conflicts] = [this.#blocked, this.#conflicts]
    if (blocked.length > 0) {
      throw new PocketError(
        'target-differs',
        `${nameSome(blocked)} in '${displayName(target)}' ${verb(blocked)} a folder, but not in the snapshot`,
        {
          hint: 'move it away, or restore to another place with --target',
        },
      )
    }
    if (conflicts.length > 0 && !mayOverwrite) {
      throw new PocketError(
        'target-differs',
        `${nameSome(conflicts)} in '${displayName(target)}' ${verb(conflicts)} not as in the snapshot`,
        {
          hint: 'restore to another place with --target, or replace what differs with --overwrite',
        },
      )
    }
  }
}

function hasMetadata(entry: TreeEntry, {mode, uid, gid, mtimeNs}: BigIntStats): boolean {
  const hasOwner = !mayRestoreOwners() || (Number(uid) === entry.uid && Number(gid) === entry.gid)
  const hasMode = entry.type === ENTRY_TYPE.link || (Number(mode) & 0o7777) === entry.mode
  return hasOwner && hasMode && mtimeNs === entry.mtimeNs
}

/** What concerns one entry alone; undefined for anything else. */
function describeFailure(error: unknown): RestoreFailure | undefined {
  if (isDamage(error)) return error
  const code = systemCode(error)
  return code === undefined ? undefined : {code, message: error instanceof Error ? error.message : code}
}

/** Whether nothing is at `target`, or an empty folder. */
function isVacant(target: ByteString): boolean {
  const stats = lookAt(target)
  if (!stats) return true
  const type = typeOfMode(Number(stats.mode))
  if (type === ENTRY_TYPE.file) {
    throw new PocketError('not-a-directory', `'${displayName(target)}' is a file`, {hint: 'name a folder to restore into'})
  }
  return listTarget(target).length === 0
}

function lookAt(target: ByteString): ReturnType<typeof statIfPresent> {
  try {
    return statIfPresent(target)
  } catch (error) {
    throw fileError(error, `cannot look at '${displayName(target)}'`)
  }
}

function listTarget(target: ByteString): ByteString[] {
  try {
    return listDirectory(target)
  } catch (error) {
    throw fileError(error, `cannot restore into '${displayName(target)}'`)
  }
}

function nameSome(paths: readonly ByteString[]): string {
  const shown = paths.slice(0, SHOWN_CONFLICTS).map((path) => `'${displayName(path)}'`)
  const rest = paths.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}

function verb(paths: readonly ByteString[]): string {
  return paths.length === 1 ? 'is' : 'are'
}
