/**
 * A client of the model: snapshots content that is in memory, on one thread, by way of the write session, the commit and the trees that
 * the real one uses; and reads it back.
 */
import {DirectoryBuilder} from '../../src/engine/directory-builder.js'
import {type SavedDirectory, saveDirectory} from '../../src/engine/tree-writer.js'
import {isDamageOfOne} from '../../src/engine/check-packs.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import type {ChunkReference} from '../../src/format/reference.js'
import type {SnapshotRecord} from '../../src/format/snapshot-record.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import type {ObjectId} from '../../src/id.js'
import {Checkpoint} from '../../src/operations/checkpoint.js'
import {chooseParents} from '../../src/operations/choose-parent.js'
import {storeSnapshot} from '../../src/operations/commit-snapshot.js'
import {SnapshotMemory} from '../../src/operations/snapshot-memory.js'
import {FramePacker} from '../../src/repository/frame-packer.js'
import {ChunkVerifier} from '../../src/repository/pack-reader.js'
import type {Repository} from '../../src/repository/repository.js'
import type {WriteSession} from '../../src/repository/write-session.js'
import {readEntries, type TreeEntry} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {concatBytes, toHex} from '../../src/util/bytes.js'
import {nowNs} from '../../src/util/clock.js'
import {type Content, pieceBytes} from './content.js'

const NO_CHANGES = {new: 0, changed: 0, unchanged: 0}

interface SavedFolder {
  files: string
  saved: SavedDirectory
}

/** What a client that watches remembers of its last snapshot: folders that have not changed since are taken over without a look. */
export class ClientMemory {
  readonly memory = new SnapshotMemory()
  folders: ReadonlyMap<string, SavedFolder> = new Map()
  /** How often something was taken over. */
  takenOver = 0
}

/** Stores a snapshot of `content`, with `tag` to know it by. */
export async function storeContent(repository: Repository, content: Content, tag: string, client = new ClientMemory()): Promise<ObjectId> {
  const {checkpoints} = await chooseParents(repository, undefined, {host: 'model', paths: ['/' as ByteString], timeNs: nowNs()})
  const stored = await storeSnapshot(repository, {treeLevel: 1}, async (session, attempt) => {
    const data = new DataWriter(session)
    const isFirm = attempt === 1 && client.memory.isFirmIn(session.index)
    const folders = new Map<string, SavedFolder>()
    const root = saveContent(session, data, content, {known: isFirm ? client.folders : new Map(), folders})
    data.finish()
    await session.ready()
    return {record: recordOf(root, tag), folders, isFirm}
  })
  if (stored.isFirm) client.takenOver += [...stored.folders].filter(([name, {saved}]) => client.folders.get(name)?.saved === saved).length
  client.folders = stored.folders
  const id = stored.id as ObjectId
  client.memory.remember({id, record: stored.record}, 0n, stored.packs())
  // As every run does: what others have announced may be among it.
  await new Checkpoint(repository, recordOf({id: new Uint8Array(32), length: 0}, tag)).supersede(checkpoints)
  return id
}

function recordOf(root: ChunkReference, tag: string): SnapshotRecord {
  const timeNs = nowNs()
  return {
    timeNs,
    startedNs: timeNs,
    base: '/' as ByteString,
    paths: ['/' as ByteString],
    root,
    host: 'model',
    user: 'model',
    tags: [tag],
    excludes: [],
    program: 'model',
    durationNs: 0n,
    summary: {
      files: NO_CHANGES,
      directories: NO_CHANGES,
      bytesRead: 0,
      bytesAdded: 0,
      bytesStored: 0,
      chunksNew: 0,
      changedWhileRead: 0,
      skipped: 0,
      total: NO_TOTALS,
    },
  }
}

function saveContent(session: WriteSession, data: DataWriter, content: Content, {known, folders}: FolderMaps): ChunkReference {
  const save = (bytes: Uint8Array): ChunkReference => session.saveTree(bytes)
  const names = [...new Set([...content.keys()].map((path) => path.split('/')[0]))].sort()
  const root = new DirectoryBuilder('/' as ByteString, names.length)
  for (const folder of names) {
    const files = [...content].filter(([path]) => path.startsWith(`${folder}/`)).sort(([a], [b]) => (a < b ? -1 : 1))
    const entry = root.add(folder as ByteString, ENTRY_TYPE.directory, undefined)
    const before = known.get(folder)
    const isSame = before?.files === JSON.stringify(files)
    const one = isSame ? before : {files: JSON.stringify(files), saved: saveFolder(folder, files, {data, save})}
    folders.set(folder, one)
    root.setTree(entry, one.saved.reference, one.saved.totals)
  }
  return saveDirectory(root, save).reference
}

interface FolderMaps {
  /** What may be taken over. */
  known: ReadonlyMap<string, SavedFolder>
  /** Takes what there is now. */
  folders: Map<string, SavedFolder>
}

function saveFolder(
  folder: string,
  files: readonly [string, readonly number[]][],
  {data, save}: {data: DataWriter; save: (bytes: Uint8Array) => ChunkReference},
): SavedDirectory {
  const directory = new DirectoryBuilder(folder as ByteString, files.length)
  for (const [path, pieces] of files) {
    const entry = directory.add(path.split('/')[1] as ByteString, ENTRY_TYPE.file, undefined)
    const references = pieces.map((piece) => data.save(pieceBytes(piece)))
    directory.setContent(entry, BigInt(references.reduce((sum, {length}) => sum + length, 0)), {
      ids: concatBytes(references.map(({id}) => id)),
      lengths: Uint32Array.from(references, ({length}) => length),
      start: 0,
      count: references.length,
      depth: 0,
    })
  }
  return saveDirectory(directory, save)
}

/** What workers do in a real run, on this thread. */
class DataWriter {
  readonly #session: WriteSession
  readonly #verifier: ChunkVerifier
  readonly #packer: FramePacker
  readonly #claimed = new Set<string>()

  constructor(session: WriteSession) {
    const {repository, index} = session
    this.#session = session
    this.#verifier = new ChunkVerifier(repository.keys.dataChunkKey)
    this.#packer = new FramePacker({
      kind: 'data',
      sealing: repository.sealing,
      compressor: undefined,
      frameBytes: repository.config.frameTargetBytes,
      packBytes: repository.packBytes(index),
      emit: (pack) => session.putPack(pack, () => undefined),
    })
  }

  save(bytes: Uint8Array): ChunkReference {
    const id = this.#verifier.idOf(bytes)
    const reference = {id, length: bytes.length}
    const key = toHex(id)
    if (this.#session.index.has(id) || this.#claimed.has(key)) return reference
    this.#claimed.add(key)
    this.#packer.addChunk(bytes, id)
    return reference
  }

  finish(): void {
    this.#packer.finish()
  }
}

/** Every file of the tree with its bytes in hex. Throws what is lost or damaged. */
export async function readContent(repository: Repository, root: ChunkReference): Promise<Map<string, string>> {
  return readFiles(repository, root, (error) => {
    throw error
  })
}

/** The same of those files alone that are whole. */
export async function readWhole(repository: Repository, root: ChunkReference): Promise<Map<string, string>> {
  return readFiles(repository, root, (error) => {
    if (!isDamageOfOne(error)) throw error
  })
}

async function readFiles(repository: Repository, root: ChunkReference, onError: (error: unknown) => void): Promise<Map<string, string>> {
  const trees = await repository.trees()
  const data = await repository.dataChunks()
  const files = new Map<string, string>()
  const enter = async (tree: ChunkReference, take: (entry: TreeEntry) => Promise<void>): Promise<void> => {
    try {
      for await (const entry of readEntries((chunk) => trees.read(chunk), tree)) {
        // What takes the place of something that is lost.
        if (!entry.error) await take(entry).catch(onError)
      }
    } catch (error) {
      onError(error)
    }
  }
  await enter(root, (folder) =>
    enter({id: folder.references.ids, length: folder.references.lengths[0]}, async (file) => {
      const parts: Uint8Array[] = []
      for (let place = 0; place < file.references.lengths.length; place++) {
        const id = file.references.ids.subarray(place * 32, place * 32 + 32)
        parts.push(await data.read({id, length: file.references.lengths[place]}))
      }
      files.set(`${folder.name}/${file.name}`, toHex(concatBytes(parts)))
    }),
  )
  return files
}

/** The same of content that is in memory. */
export function expectedFiles(content: Content): Map<string, string> {
  return new Map([...content].map(([path, pieces]) => [path, toHex(concatBytes(pieces.map(pieceBytes)))]))
}
