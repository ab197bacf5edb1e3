/** The entries of a snapshot as lines like those of ls, and as JSON. */
import {CHANGED_WHILE_READ, type EntryInfo} from '../../operations/entry-info.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {pathJson} from './path-json.js'

const KIND_LETTERS: Record<EntryInfo['kind'], string> = {
  file: '-',
  directory: 'd',
  link: 'l',
  fifo: 'p',
  socket: 's',
  'character-device': 'c',
  'block-device': 'b',
  unknown: '?',
}

/** Lines of `ls -l`, whose columns grow with what has been seen: entries come one at a time and may be millions. */
export class LongListing {
  #ownerWidth = 4
  #groupWidth = 4
  #sizeWidth = 9

  line(entry: EntryInfo): string {
    const [owner, group, size] = [entry.uid, entry.gid, entry.sizeBytes].map(String)
    this.#ownerWidth = Math.max(this.#ownerWidth, owner.length)
    this.#groupWidth = Math.max(this.#groupWidth, group.length)
    this.#sizeWidth = Math.max(this.#sizeWidth, size.length)
    return [
      formatMode(entry),
      owner.padStart(this.#ownerWidth),
      group.padStart(this.#groupWidth),
      size.padStart(this.#sizeWidth),
      formatLocalTime(entry.mtimeNs),
      `${shortLine(entry)}${entry.target === undefined ? '' : ` -> ${printable(entry.target)}`}`,
    ].join(' ')
  }
}

/** The path alone, and what is wrong with what is stored of it. */
export function shortLine({path, error}: EntryInfo): string {
  return `${printable(path)}${error === undefined ? '' : ` [${remark(error.code)}]`}`
}

function remark(code: string): string {
  return code === CHANGED_WHILE_READ ? 'changed while it was read' : `unreadable: ${printable(code)}`
}

/** `drwxr-xr-x`, with s, S, t and T as ls has them. */
export function formatMode({kind, mode}: Pick<EntryInfo, 'kind' | 'mode'>): string {
  const triple = (shift: number, special: number, letter: string): string => {
    const bits = mode >> shift
    const runs = (bits & 1) !== 0
    const last = (mode & special) === 0 ? (runs ? 'x' : '-') : runs ? letter : letter.toUpperCase()
    return `${(bits & 4) === 0 ? '-' : 'r'}${(bits & 2) === 0 ? '-' : 'w'}${last}`
  }
  return KIND_LETTERS[kind] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't')
}

export function entryJson(entry: EntryInfo): JsonFields {
  return {
    ...pathJson(entry),
    kind: entry.kind.replaceAll('-', '_'),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size_bytes: entry.sizeBytes,
    mtime: formatExactTime(entry.mtimeNs),
    target: entry.target ?? null,
    error: entry.error === undefined ? null : {code: entry.error.code, message: entry.error.message},
  }
}
