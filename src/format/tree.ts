import {PocketError} from '../errors.js'
import {type ByteString, bytesToByteString} from '../util/bytes.js'
import {columnBytes, readColumn} from './columns.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap, type PlainMap} from './msgpack.js'
import {CHUNK_ID_BYTES, MAX_LEVEL} from './reference.js'
import {checkTable} from './tree-check.js'
import {decodeTotals, encodeTotals, type Totals} from './totals.js'

/**
 * A directory's entries, a column for each property, in the order of the bytes of their names:
 * docs/repository-format.md, "Tree page".
 */
export interface TreeTable {
  /** How many entries. */
  length: number
  names: ByteString[]
  /** One of ENTRY_TYPE for each. */
  types: Uint8Array
  /** Permission bits, 07777. */
  modes: Uint16Array
  uids: Uint32Array
  gids: Uint32Array
  sizes: BigUint64Array
  /** Nanoseconds since 1970-01-01 UTC. */
  mtimes: BigInt64Array
  ctimes: BigInt64Array
  inodes: BigUint64Array
  /** How many chunks each entry refers to. */
  counts: Uint32Array
  /** 0: the chunks are the content; k: they are chunk lists of level k. */
  depths: Uint8Array
  /** The references of all entries one after another: 32 bytes each. */
  ids: Uint8Array
  lengths: Uint32Array
  /** Where the links point to: those of the links only, in order. */
  targets: ByteString[]
  owners?: Owners
  errors: EntryError[]
  /** Of everything at and below these entries. */
  totals: Totals
  /** What later versions know of the entries, kept as it is. */
  extras?: PlainMap
}

/** Names of the users and groups that own entries, as the machine called them. */
export interface Owners {
  users: [uid: number, name: string][]
  groups: [gid: number, name: string][]
}

/** The code of a file that was stored, but changed each time while it was read. */
export const CHANGED_WHILE_READ = 'ECHANGED'

/** Why an entry could not be read, wholly or in part. */
export interface EntryError {
  /** Which entry of the page. */
  index: number
  /** As the system calls it: `EACCES`. */
  code: string
  message: string
}

export type BranchLevel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** A page of references to pages: a directory whose entries are split. */
export interface TreeBranch {
  level: BranchLevel
  /** The first name at or below each child. */
  firsts: ByteString[]
  /** How many entries each child has, at or below. */
  counts: Uint32Array
  ids: Uint8Array
  lengths: Uint32Array
  totals: Totals
}

export type TreePage = {level: 0; table: TreeTable} | TreeBranch

const CODE = 'damaged-tree'
const TREE_VERSION = 1
const NUL = '\0'

/** The chunk of a page of entries. Throws `damaged-tree` for a table that `decodeTreePage` would refuse. */
export function encodeTreePage(table: TreeTable): Uint8Array {
  checkTable(table)
  const {owners, errors, extras} = table
  return encodeMap({
    tree: TREE_VERSION,
    level: 0,
    names: joinNames(table.names),
    types: columnBytes(table.types),
    modes: columnBytes(table.modes),
    uids: columnBytes(table.uids),
    gids: columnBytes(table.gids),
    sizes: columnBytes(table.sizes),
    mtimes: columnBytes(table.mtimes),
    ctimes: columnBytes(table.ctimes),
    inodes: columnBytes(table.inodes),
    counts: columnBytes(table.counts),
    depths: columnBytes(table.depths),
    ids: table.ids,
    lengths: columnBytes(table.lengths),
    targets: joinNames(table.targets),
    ...(owners !== undefined && {owners: {users: owners.users, groups: owners.groups}}),
    ...(errors.length > 0 && {errors: errors.map(({index, code, message}) => [index, code, message])}),
    totals: encodeTotals(table.totals),
    ...(extras !== undefined && {extras}),
  })
}

/** The chunk of a page of references. Throws `damaged-tree` for a branch that `decodeTreePage` would refuse. */
export function encodeBranch(branch: TreeBranch): Uint8Array {
  checkBranch(branch)
  return encodeMap({
    tree: TREE_VERSION,
    level: branch.level,
    firsts: joinNames(branch.firsts),
    counts: columnBytes(branch.counts),
    ids: branch.ids,
    lengths: columnBytes(branch.lengths),
    totals: encodeTotals(branch.totals),
  })
}

/**
 * The page that a tree chunk holds, everything checked: names are sorted, none is empty, `.`, `..` or holds `/`. Columns may be
 * views of `bytes`; what is taken besides is bounded by its length. Throws `damaged-tree`, and `format-too-new`.
 */
export function decodeTreePage(bytes: Uint8Array): TreePage {
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const version = fields.number('tree')
  if (version > TREE_VERSION) throw tooNew(`version ${version}`)
  if (version !== TREE_VERSION) throw fields.damaged('tree')
  const level = fields.number('level', MAX_LEVEL)
  return level === 0 ? {level, table: decodeTable(fields)} : decodeBranch(fields, level as BranchLevel)
}

function decodeTable(fields: Fields): TreeTable {
  const types = fields.bytes('types')
  const length = types.length
  const ids = fields.ids('ids')
  const table: TreeTable = {
    length,
    names: splitNames(fields, 'names'),
    types,
    modes: column(fields, 'modes', Uint16Array, length),
    uids: column(fields, 'uids', Uint32Array, length),
    gids: column(fields, 'gids', Uint32Array, length),
    sizes: column(fields, 'sizes', BigUint64Array, length),
    mtimes: column(fields, 'mtimes', BigInt64Array, length),
    ctimes: column(fields, 'ctimes', BigInt64Array, length),
    inodes: column(fields, 'inodes', BigUint64Array, length),
    counts: column(fields, 'counts', Uint32Array, length),
    depths: column(fields, 'depths', Uint8Array, length),
    ids,
    lengths: column(fields, 'lengths', Uint32Array, ids.length / CHUNK_ID_BYTES),
    targets: splitNames(fields, 'targets'),
    errors: fields.has('errors') ? decodeErrors(fields) : [],
    totals: decodeTotals(fields.list('totals'), CODE),
  }
  if (fields.has('owners')) table.owners = decodeOwners(fields.fields('owners'))
  if (fields.has('extras')) table.extras = fields.plainMap('extras')
  checkTable(table)
  return table
}

function decodeBranch(fields: Fields, level: BranchLevel): TreeBranch {
  const ids = fields.ids('ids')
  const length = ids.length / CHUNK_ID_BYTES
  const branch: TreeBranch = {
    level,
    firsts: splitNames(fields, 'firsts'),
    counts: column(fields, 'counts', Uint32Array, length),
    ids,
    lengths: column(fields, 'lengths', Uint32Array, length),
    totals: decodeTotals(fields.list('totals'), CODE),
  }
  checkBranch(branch)
  return branch
}

function checkBranch({firsts, counts, ids, lengths}: TreeBranch): void {
  const isEven = ids.length === firsts.length * CHUNK_ID_BYTES && counts.length === firsts.length && lengths.length === firsts.length
  if (firsts.length === 0 || !isEven) throw damaged('has columns of unequal length')
  if (lengths.includes(0) || counts.includes(0)) throw damaged('refers to a page without entries')
  if (firsts.some((first, index) => first === '' || (index > 0 && first <= firsts[index - 1]))) {
    throw damaged('has names that are not sorted')
  }
}

/** Names as they are stored: each ended by NUL. */
function joinNames(names: readonly ByteString[]): Uint8Array {
  return names.length === 0 ? new Uint8Array(0) : Buffer.from(names.join(NUL) + NUL, 'latin1')
}

function splitNames(fields: Fields, name: string): ByteString[] {
  const bytes = fields.bytes(name)
  if (bytes.length === 0) return []
  if (bytes[bytes.length - 1] !== 0) throw fields.damaged(name)
  return bytesToByteString(bytes.subarray(0, -1)).split(NUL) as ByteString[]
}

function column<T extends Uint8Array | Uint16Array | Uint32Array | BigUint64Array | BigInt64Array>(
  fields: Fields,
  name: string,
  type: {readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, byteOffset: number, length: number): T},
  length: number,
): T {
  return readColumn(type, fields.bytes(name, length * type.BYTES_PER_ELEMENT), 0, length)
}

function decodeErrors(fields: Fields): EntryError[] {
  return fields.list('errors').map((error) => {
    const [index, code, message] = Array.isArray(error) ? error : []
    if (typeof index !== 'number' || typeof code !== 'string' || typeof message !== 'string') throw fields.damaged('errors')
    return {index, code, message}
  })
}

function decodeOwners(fields: Fields): Owners {
  const named = (name: 'users' | 'groups') =>
    fields.list(name).map((pair): [number, string] => {
      const [id, text] = Array.isArray(pair) ? pair : []
      if (typeof id !== 'number' || id < 0 || typeof text !== 'string') throw fields.damaged(name)
      return [id, text]
    })
  return {users: named('users'), groups: named('groups')}
}

function damaged(problem: string): PocketError {
  return new PocketError(CODE, `the page of the tree ${problem}`)
}

function tooNew(what: string): PocketError {
  return new PocketError('format-too-new', `a page of the tree has ${what}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}
