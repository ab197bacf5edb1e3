/** Trees as a repository would hold them, in memory: for tests of what reads them. */
import {hash} from '../../src/crypto/blake3.js'
import {PocketError} from '../../src/errors.js'
import {encodeChunkList} from '../../src/format/chunk-list.js'
import {ENTRY_TYPE, type EntryType} from '../../src/format/entry-type.js'
import type {ChunkReference} from '../../src/format/reference.js'
import {NO_TOTALS} from '../../src/format/totals.js'
import {type BranchLevel, encodeBranch, encodeTreePage, type TreeTable} from '../../src/format/tree.js'
import type {References} from '../../src/snapshot/read-tables.js'
import {type ByteString, concatBytes, toHex} from '../../src/util/bytes.js'

export interface PlainEntry {
  type: EntryType
  references?: readonly ChunkReference[]
  depth?: number
  target?: string
  error?: {code: string; message: string}
  mode?: number
}

export const file = (...contents: string[]): PlainEntry => ({type: ENTRY_TYPE.file, references: contents.map(contentOf)})
export const link = (target: string): PlainEntry => ({type: ENTRY_TYPE.link, target})
export const directory = (tree: ChunkReference | undefined): PlainEntry => ({type: ENTRY_TYPE.directory, references: tree ? [tree] : []})

/** A reference to a chunk of this text; nothing of it is kept. */
export function contentOf(text: string): ChunkReference {
  return {id: hash(Buffer.from(text)), length: Buffer.byteLength(text)}
}

export class StoredTrees {
  readonly #chunks = new Map<string, Uint8Array>()
  reads = 0

  readonly read = async ({id}: ChunkReference): Promise<Uint8Array> => {
    this.reads++
    const bytes = this.#chunks.get(toHex(id))
    if (!bytes) throw new PocketError('chunk-missing', 'no such tree')
    return bytes
  }

  save(bytes: Uint8Array): ChunkReference {
    const id = hash(bytes)
    this.#chunks.set(toHex(id), bytes)
    return {id, length: bytes.length}
  }

  /** A directory of one page. */
  page(entries: Record<string, PlainEntry>): ChunkReference {
    return this.save(encodeTreePage(tableOf(entries)))
  }

  /** A directory whose entries are parted into pages of `perPage`, below branches of `perBranch` pages. */
  pages(entries: Record<string, PlainEntry>, perPage: number, perBranch = 2): ChunkReference {
    let level = parts(sortedEntries(entries), perPage).map((part) => ({
      first: part[0][0] as ByteString,
      count: part.length,
      reference: this.page(Object.fromEntries(part)),
    }))
    for (let height = 1; level.length > 1; height++) {
      level = parts(level, perBranch).map((children) => ({
        first: children[0].first,
        count: children.reduce((sum, {count}) => sum + count, 0),
        reference: this.save(
          encodeBranch({
            level: height as BranchLevel,
            firsts: children.map(({first}) => first),
            counts: Uint32Array.from(children, ({count}) => count),
            ...columns(children.map(({reference}) => reference)),
            totals: {...NO_TOTALS, files: height},
          }),
        ),
      }))
    }
    return level[0].reference
  }

  /** A chunk list over these references. */
  list(level: number, references: readonly ChunkReference[]): ChunkReference {
    const own = columns(references)
    return this.save(encodeChunkList({level, ...own, contentLengths: BigUint64Array.from(own.lengths, BigInt)}))
  }
}

export function columns(references: readonly ChunkReference[]): References {
  return {ids: concatBytes(references.map(({id}) => id)), lengths: Uint32Array.from(references, ({length}) => length)}
}

function parts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, part) => items.slice(part * size, (part + 1) * size))
}

function sortedEntries(entries: Record<string, PlainEntry>): [string, PlainEntry][] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
}

export function tableOf(entries: Record<string, PlainEntry>): TreeTable {
  const sorted = sortedEntries(entries)
  const all = sorted.map(([, entry]) => entry)
  const length = sorted.length
  return {
    length,
    names: sorted.map(([name]) => name as ByteString),
    types: Uint8Array.from(all, ({type}) => type),
    modes: Uint16Array.from(all, ({mode = 0o644}) => mode),
    uids: new Uint32Array(length).fill(1000),
    gids: new Uint32Array(length).fill(100),
    sizes: BigUint64Array.from(all, ({references = []}) => references.reduce((sum, reference) => sum + BigInt(reference.length), 0n)),
    mtimes: BigInt64Array.from(all, (_, index) => BigInt(index)),
    ctimes: BigInt64Array.from(all, (_, index) => BigInt(index) + 1n),
    inodes: new BigUint64Array(length),
    counts: Uint32Array.from(all, ({references = []}) => references.length),
    depths: Uint8Array.from(all, ({depth = 0}) => depth),
    ...columns(all.flatMap(({references = []}) => references)),
    targets: all.filter(({type}) => type === ENTRY_TYPE.link).map(({target}) => target as ByteString),
    errors: all.flatMap(({error}, index) => (error ? [{index, ...error}] : [])),
    totals: {...NO_TOTALS, files: length},
  }
}
