/** Compares files of this machine with what a snapshot holds, by the hashes of their chunks. */
import {closeSync, openSync, readSync} from 'node:fs'
import {fileError} from '../errors.js'
import {nativePath} from '../filesystem/native-path.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ChunkVerifier} from '../repository/pack-reader.js'
import type {TreeEntry} from '../snapshot/entries.js'
import {readContent, type ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'

export interface LiveContentOptions {
  read: ReadTree
  /** For data chunks. */
  verifier: ChunkVerifier
  /** Is told of each stretch that has been read, and awaited when it gives something to wait for; may throw to end it. */
  onRead?: (bytes: number) => Promise<void> | undefined
}

/** Whether the file at `path` holds exactly the content of `entry`. Throws `permission-denied`, `io-failed`. */
export async function hasStoredContent(path: ByteString, entry: TreeEntry, options: LiveContentOptions): Promise<boolean> {
  const file = openLive(path)
  try {
    return await isStoredContent(file, entry, options)
  } finally {
    closeSync(file)
  }
}

/** The same of an open file. Throws system errors of it as they are. */
export async function isStoredContent(file: number, entry: TreeEntry, {read, verifier, onRead}: LiveContentOptions): Promise<boolean> {
  let position = 0
  for await (const {ids, lengths} of readContent(read, entry.references, entry.depth)) {
    for (let index = 0; index < lengths.length; index++) {
      const bytes = Buffer.allocUnsafe(lengths[index])
      if (readWhole(file, bytes, position) < bytes.length) return false
      const id = ids.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES)
      if (Buffer.compare(verifier.idOf(bytes), id) !== 0) return false
      position += bytes.length
      const turn = onRead?.(bytes.length)
      if (turn) await turn
    }
  }
  return readSync(file, Buffer.alloc(1), 0, 1, position) === 0
}

function openLive(path: ByteString): number {
  try {
    return openSync(nativePath(path), 'r')
  } catch (error) {
    throw fileError(error, `cannot read '${displayName(path)}'`)
  }
}

/** Fills `buffer` from `position` on as far as the file goes; returns the number of bytes. */
export function readWhole(file: number, buffer: Uint8Array, position: number): number {
  let got = 0
  while (got < buffer.length) {
    const read = readSync(file, buffer, got, buffer.length - got, position + got)
    if (read === 0) return got
    got += read
  }
  return got
}
