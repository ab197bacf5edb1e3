/** Restored trees as they are written down beside the golden repositories. */
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {blake3} from '@noble/hashes/blake3.js'
import {toHex} from '../../src/util/bytes.js'

export interface ExpectedEntry {
  /** Hex of the path's bytes where it is not plain text. */
  path: string
  kind: 'file' | 'directory' | 'link'
  mode: string
  mtimeNs: string
  sizeBytes?: number
  /** BLAKE3 of the content. */
  b3?: string
  /** As `path`. */
  target?: string
}

export interface ExpectedSnapshot {
  id: string
  timeNs: string
  host: string
  user: string
  base: string
  tags: string[]
  excludes: string[]
  parent?: string
  tree: ExpectedTree
}

export interface ExpectedRepository {
  repositoryId: string
  snapshots: ExpectedSnapshot[]
  /** Those that can be brought back; none in version 1. */
  forgotten?: ExpectedSnapshot[]
}

export interface ExpectedTree {
  entries: ExpectedEntry[]
  /** Those below the folder `many` are only counted and hashed. */
  many: {count: number; b3: string}
}

const MANY = 'many/'

/** Every entry of the folder, itself first as `.`. */
export function describeTree(folder: string): ExpectedTree {
  const all: ExpectedEntry[] = []
  walk(Buffer.from(folder), Buffer.alloc(0), all)
  const many = all.filter(({path}) => path.startsWith(MANY))
  const lines = many.map((entry) => JSON.stringify(entry)).join('\n')
  return {entries: all.filter(({path}) => !path.startsWith(MANY)), many: {count: many.length, b3: toHex(blake3(Buffer.from(lines)))}}
}

function walk(path: Buffer, shown: Buffer, entries: ExpectedEntry[]): void {
  const stats = lstatSync(path, {bigint: true})
  const common = {
    path: shown.length === 0 ? '.' : show(shown),
    mode: Number(stats.mode & 0o7777n).toString(8),
    mtimeNs: String(stats.mtimeNs),
  }
  if (stats.isFile()) {
    const content = readFileSync(path)
    entries.push({...common, kind: 'file', sizeBytes: content.length, b3: toHex(blake3(content))})
  } else if (stats.isSymbolicLink()) {
    entries.push({...common, kind: 'link', target: show(readlinkSync(path, {encoding: 'buffer'}))})
  } else {
    entries.push({...common, kind: 'directory'})
    const names = readdirSync(path, {encoding: 'buffer'}).sort((a, b) => Buffer.compare(a, b))
    for (const name of names) walk(join(path, name), shown.length === 0 ? name : join(shown, name), entries)
  }
}

function join(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name])
}

function show(bytes: Buffer): string {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? bytes.toString('latin1') : `hex ${bytes.toString('hex')}`
}
