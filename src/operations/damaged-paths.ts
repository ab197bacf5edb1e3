/** Which files and folders of which snapshots cannot be restored as they were. */
import {type DamagedPath, TreeCheck} from '../engine/check-trees.js'
import {Pacer} from '../engine/pacer.js'
import {joinPath} from '../filesystem/native-path.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {StoredSnapshot} from '../repository/snapshot-store.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {displayName} from '../util/bytes.js'
import {mapBounded} from '../util/concurrency.js'

/** So that what one waits for another computes. Of more at a time the frames would be opened again and again. */
const SNAPSHOTS_AT_ONCE = 3

export interface PathSearch {
  /** Without what is known to be lost. */
  index: ChunkIndex
  read: ReadTree
  /** Best oldest first: neighbours share what is kept of trees. */
  snapshots: readonly StoredSnapshot[]
  signal?: AbortSignal
  onProgress: (done: number, total: number) => void
  /** Told of each path once, with all snapshots in which it is damaged in the same way. */
  onPath: (path: {path: string; code: string; message: string; snapshots: ObjectId[]}) => void
}

export interface PathsFound {
  /** Those that cannot be restored wholly. */
  damaged: StoredSnapshot[]
  paths: number
  directories: number
  files: number
  /** Knows what is whole. */
  trees: TreeCheck
}

export async function findDamagedPaths({index, read, snapshots, signal, onProgress, onPath}: PathSearch): Promise<PathsFound> {
  const pacer = new Pacer({signal, backpressure: () => Promise.resolve()})
  const trees = new TreeCheck({index, read, pacer})
  const lost = new Set<StoredSnapshot>()
  let done = 0
  await mapBounded(snapshots, SNAPSHOTS_AT_ONCE, async (snapshot) => {
    onProgress(done, snapshots.length)
    if (!(await trees.isWhole(snapshot.record.root))) lost.add(snapshot)
    done++
  })
  const damaged = snapshots.filter((snapshot) => lost.has(snapshot))
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
  for (const {path, full, snapshots: ids} of found.values()) onPath({path: full, code: path.code, message: path.message, snapshots: ids})
  return {damaged, paths: found.size, directories: trees.directories, files: trees.files, trees}
}
