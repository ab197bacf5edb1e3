import {PocketError} from '../errors.js'
import type {ByteString} from '../util/bytes.js'
import {ENTRY_TYPE} from './entry-type.js'
import {CHUNK_ID_BYTES, MAX_LEVEL} from './reference.js'
import type {TreeTable} from './tree.js'

const MAX_MODE = 0o7777

/**
 * Throws `damaged-tree` unless `table` keeps every rule of docs/repository-format.md, "Tree page". Its names are then safe to
 * join to a path.
 */
export function checkTable(table: TreeTable): void {
  checkLengths(table)
  checkNames(table.names)
  checkReferences(table)
  for (const {index} of table.errors) {
    if (!Number.isInteger(index) || index < 0 || index >= table.length) throw damaged(`has an error for entry ${index}`)
  }
}

function checkLengths(table: TreeTable): void {
  const {length, names, types, modes, uids, gids, sizes, mtimes, ctimes, inodes, counts, depths} = table
  const columns = [names, types, modes, uids, gids, sizes, mtimes, ctimes, inodes, counts, depths]
  if (columns.some((column) => column.length !== length)) throw damaged('has columns of unequal length')
  for (let entry = 0; entry < length; entry++) if (modes[entry] > MAX_MODE) throw damaged('has a mode that is not one')
}

function checkNames(names: readonly ByteString[]): void {
  let previous = ''
  for (const name of names) {
    if (name <= previous) throw damaged('has names that are empty, twice there or not sorted')
    if (name === '.' || name === '..' || name.includes('/') || name.includes('\0')) throw damaged('has a name that is none')
    previous = name
  }
}

function checkReferences({types, counts, depths, ids, lengths, targets}: TreeTable): void {
  let references = 0
  let links = 0
  for (let entry = 0; entry < types.length; entry++) {
    const type = types[entry]
    const count = counts[entry]
    references += count
    if (type > ENTRY_TYPE.blockDevice) throw damaged(`has an entry of type ${type}`)
    if (type === ENTRY_TYPE.link) links++
    if (type !== ENTRY_TYPE.file && count > (type === ENTRY_TYPE.directory ? 1 : 0)) {
      throw damaged(`has ${count} references for an entry of type ${type}`)
    }
    const isListed = depths[entry] > 0
    if (isListed && (type !== ENTRY_TYPE.file || count === 0 || depths[entry] > MAX_LEVEL)) {
      throw damaged(`has depth ${depths[entry]} for an entry of type ${type}`)
    }
  }
  if (ids.length !== references * CHUNK_ID_BYTES || lengths.length !== references) {
    throw damaged(`has ${references} references by its counts and ${lengths.length} lengths`)
  }
  if (lengths.includes(0)) throw damaged('refers to an empty chunk')
  if (targets.length !== links) throw damaged(`has ${targets.length} targets for ${links} links`)
}

function damaged(problem: string): PocketError {
  return new PocketError('damaged-tree', `the page of the tree ${problem}`)
}
