/** A directory on the way of a walk. */
import type {ChunkReference} from '../format/reference.js'
import type {ByteString} from '../util/bytes.js'
import type {DirectoryBuilder} from './directory-builder.js'
import type {PickedFolder} from './picked-changes.js'
import type {Selection} from './sources.js'
import type {Touched} from './touched.js'

export type Excluder = (relativePath: ByteString, isDirectory: boolean) => boolean

/** A tree of a snapshot that was taken before, and when its run began. */
export interface PreviousTree {
  root: ChunkReference
  startedNs: bigint
}

/** A directory to be walked, and where it belongs. */
export interface Visit {
  path: ByteString
  parent: {visit: OpenVisit; entry: number} | undefined
  /** Its path below the source, which excludes are relative to. */
  relative: ByteString
  /** Those of the source; undefined above the sources, where there is nothing to exclude. */
  excludes: Excluder | undefined
  selection: Selection
  /** The same directory in snapshots that were taken before, the one that is asked first at the front; none where it is new. */
  previous: readonly PreviousTree[]
  /** Where only picked changes are taken in; undefined takes everything as it is. */
  picked: PickedFolder | undefined
  /** Where only what was touched is looked at; undefined looks at everything. */
  touched: Touched | undefined
}

export interface OpenVisit extends Visit {
  builder: DirectoryBuilder
}

/** The path of the entry `name` of a directory, below the source. */
export function relativePath({relative}: Visit, name: ByteString): ByteString {
  return (relative === '' ? name : `${relative}/${name}`) as ByteString
}

export function isSameChunk(one: ChunkReference | undefined, other: ChunkReference): boolean {
  return one !== undefined && Buffer.compare(one.id, other.id) === 0
}
