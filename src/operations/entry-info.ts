/** Entries of snapshots as other programs are shown them. */
export {CHANGED_WHILE_READ} from '../format/tree.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import type {TreeEntry} from '../snapshot/entries.js'
import {type ByteString, byteStringToBytes, displayName} from '../util/bytes.js'

export type EntryKind = 'unknown' | 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'character-device' | 'block-device'

export interface EntryInfo {
  /** Relative to the snapshot's base; bytes that are not UTF-8 are escaped. */
  path: string
  pathBytes: Uint8Array
  kind: EntryKind
  /** Permission bits. */
  mode: number
  uid: number
  gid: number
  sizeBytes: number
  mtimeNs: bigint
  /** Of a symbolic link. */
  target?: string
  /** Why it could not be read when the snapshot was taken. */
  error?: {code: string; message: string}
}

const KINDS: Readonly<Record<EntryType, EntryKind>> = {
  [ENTRY_TYPE.unknown]: 'unknown',
  [ENTRY_TYPE.file]: 'file',
  [ENTRY_TYPE.directory]: 'directory',
  [ENTRY_TYPE.link]: 'link',
  [ENTRY_TYPE.fifo]: 'fifo',
  [ENTRY_TYPE.socket]: 'socket',
  [ENTRY_TYPE.characterDevice]: 'character-device',
  [ENTRY_TYPE.blockDevice]: 'block-device',
}

export function kindOf(type: EntryType): EntryKind {
  return KINDS[type]
}

export function describeEntry(entry: TreeEntry, path: ByteString): EntryInfo {
  const {type, mode, uid, gid, sizeBytes, mtimeNs, target, error} = entry
  return {
    path: displayName(path),
    pathBytes: byteStringToBytes(path),
    kind: kindOf(type),
    mode,
    uid,
    gid,
    sizeBytes,
    mtimeNs,
    target: target === undefined ? undefined : displayName(target),
    error: error && {code: error.code, message: error.message},
  }
}
