/** Finds by name what a snapshot lacks that could not be copied. */
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {PocketError} from '../errors.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import type {TreeTable} from '../format/tree.js'
import {entriesOf, readContent, readTables, referenceAt, type References} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import {costsSnapshot, type CopySource, missingChunk} from './copy-source.js'
import type {Pacer} from './pacer.js'

/** A file or folder, below the base of the snapshot; the path is empty for that itself. */
export interface LackedPath {
  path: ByteString
  error: PocketError
}

interface Context {
  source: CopySource
  pacer: Pacer
}

/** What in and below this directory cannot be read, as far as that is known from trying. */
export async function* lackedPaths(context: Context, root: ChunkReference, path = '' as ByteString): AsyncGenerator<LackedPath, void> {
  await context.pacer.betweenDirectories()
  try {
    for await (const table of readTables(context.source.read, root)) yield* lackedIn(context, table, path)
  } catch (error) {
    if (!costsSnapshot(error)) throw error
    yield {path, error}
  }
}

async function* lackedIn(context: Context, table: TreeTable, path: ByteString): AsyncGenerator<LackedPath, void> {
  for (const {entry, references} of entriesOf(table)) {
    if (references.lengths.length === 0) continue
    const own = (path === '' ? table.names[entry] : `${path}/${table.names[entry]}`) as ByteString
    if (table.types[entry] === ENTRY_TYPE.directory) yield* lackedPaths(context, referenceAt(references, 0), own)
    else {
      const error = await problemOf(context.source, references, table.depths[entry])
      if (error) yield {path: own, error}
    }
  }
}

/** Why a file's content cannot be read. */
async function problemOf(source: CopySource, references: References, depth: number): Promise<PocketError | undefined> {
  try {
    for await (const {ids, lengths} of readContent(source.read, references, depth)) {
      for (let offset = 0; offset < lengths.length * CHUNK_ID_BYTES; offset += CHUNK_ID_BYTES) {
        const slot = source.index.slotOf(ids, offset)
        if (slot < 0) return missingChunk(ids, offset)
        source.check(slot)
      }
    }
    return undefined
  } catch (error) {
    if (!costsSnapshot(error)) throw error
    return error
  }
}
