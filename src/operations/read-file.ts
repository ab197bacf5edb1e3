/** Reads one file out of a snapshot. */
import {isDamage, PocketError} from '../errors.js'
import {fromUserPath} from '../filesystem/native-path.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHANGED_WHILE_READ} from '../format/tree.js'
import type {OnWarning, Repository} from '../repository/repository.js'
import {findPath, type TreeEntry} from '../snapshot/entries.js'
import {splitReference} from '../snapshot/find.js'
import {readContent, type ReadTree, referenceAt} from '../snapshot/read-tables.js'
import {findSnapshot} from './find-snapshot.js'

/** The content of the file that `reference` (`ID:path`) names, piece by piece, each checked. Throws `usage`, `path-missing`, `not-a-file`. */
export async function* readFile(repository: Repository, reference: string): AsyncGenerator<Uint8Array, void> {
  const {snapshot, path} = splitReference(reference)
  if (!path) throw new PocketError('usage', `'${reference}' names no file`, {hint: 'write ID:path'})
  const {record} = await findSnapshot(repository, snapshot)
  const trees = await repository.trees()
  const read: ReadTree = (chunk) => trees.read(chunk)
  const found = await findPath(read, record, fromUserPath(path))
  if (found.isRoot) throw notAFile(path)
  checkReadable(found.entry, path, repository.onWarning)
  const chunks = await repository.dataChunks()
  try {
    for await (const references of readContent(read, found.entry.references, found.entry.depth)) {
      for (let index = 0; index < references.lengths.length; index++) yield await chunks.read(referenceAt(references, index))
    }
  } catch (error) {
    if (isDamage(error)) await repository.distrustPacks()
    throw error
  }
}

function checkReadable({type, error}: TreeEntry, path: string, onWarning: OnWarning): void {
  if (type !== ENTRY_TYPE.file) throw notAFile(path)
  if (!error) return
  if (error.code === CHANGED_WHILE_READ) {
    return onWarning(new PocketError('source-unreadable', `'${path}' changed while it was read: this is how it was read last`))
  }
  throw new PocketError('source-unreadable', `'${path}' could not be read when the snapshot was taken: ${error.message}`, {
    hint: 'look for it in an older snapshot',
  })
}

function notAFile(path: string): PocketError {
  return new PocketError('not-a-file', `'${path}' is not a file in this snapshot`, {hint: "'pocket ls ID:path' lists a folder"})
}
