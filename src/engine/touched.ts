/**
 * A snapshot of what was touched: the parent, with what may have changed since looked at anew, and nothing else. This file says what was
 * touched; the walk does it. Where everything that has changed was touched, the tree is the one that a walk of everything gives.
 */
import type {BigIntStats} from 'node:fs'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {type ByteString, bytesToByteString} from '../util/bytes.js'
import {changeOf} from './changes.js'
import type {StoredEntry} from './stored-entry.js'

/** Something of which it is not known whether it is as it was: it may be new, gone, another, or have other metadata or content. */
export interface TouchedPath {
  /** Relative to the base of the snapshot; empty for the base itself. */
  path: ByteString
  /** So may everything below it. Without it a folder that is touched is listed, and what is in folders in it is taken to be as it was. */
  isDeep: boolean
}

/** What was touched at a path and below it. */
export interface Touched {
  isTouched: boolean
  isDeep: boolean
  readonly below: Map<ByteString, Touched>
}

const NOTHING: Touched = {isTouched: false, isDeep: false, below: new Map()}
const LISTING: Touched = {isTouched: true, isDeep: false, below: new Map()}

export function touchedOf(paths: Iterable<TouchedPath>): Touched {
  const root: Touched = {isTouched: false, isDeep: false, below: new Map()}
  for (const {path, isDeep} of paths) {
    let touched = root
    for (const name of path === '' ? [] : (path.split('/') as ByteString[])) {
      let next = touched.below.get(name)
      if (!next) touched.below.set(name, (next = {isTouched: false, isDeep: false, below: new Map()}))
      touched = next
    }
    touched.isTouched = true
    touched.isDeep ||= isDeep
  }
  return root
}

/** Whether an entry is taken over from the parent without being looked at. What could not be read is tried again, as every snapshot does. */
export function isUntouched({isTouched, below}: Touched, name: ByteString, stored: StoredEntry): boolean {
  return !isTouched && !below.has(name) && !stored.error
}

/** Whether nothing at a path and below it was touched. */
export function isPristine({isTouched, below}: Touched): boolean {
  return !isTouched && below.size === 0
}

/**
 * How to go on below a directory that is there; undefined where everything in it has to be looked at: one that is new, or is another than the
 * parent's, or of which the parent knows nothing.
 */
export function touchedBelow(folder: Touched, name: ByteString, stats: BigIntStats, stored: StoredEntry | undefined): Touched | undefined {
  const touched = folder.below.get(name) ?? NOTHING
  if (touched.isDeep || !stored?.tree || stored.type !== ENTRY_TYPE.directory || stored.stats.inode !== stats.ino) return undefined
  if (touched.isTouched) return touched
  // Whoever may enter it, or whether it can be listed, may be otherwise now.
  if (changeOf(stats, stored) !== 'same') return {...touched, isTouched: true}
  const isSame = stored.stats.mtime === stats.mtimeNs && stored.stats.ctime === stats.ctimeNs
  return isPristine(touched) && !isSame ? LISTING : touched
}

/** Of a directory that was taken over, in which something could not be read: that is all that is looked at. */
export function onlyDoubtful(): Touched {
  return NOTHING
}

/** What was touched below `base`, of absolute paths. */
export function touchedUnder(base: ByteString, paths: Iterable<{pathBytes: Uint8Array; isDeep: boolean}>): Touched {
  const prefix = base.endsWith('/') ? base : `${base}/`
  const touched: TouchedPath[] = []
  for (const {pathBytes, isDeep} of paths) {
    const path = bytesToByteString(pathBytes)
    // A folder above the base is as good as the base.
    if (path === base || prefix.startsWith(path.endsWith('/') ? path : `${path}/`)) touched.push({path: '' as ByteString, isDeep})
    else if (path.startsWith(prefix)) touched.push({path: path.slice(prefix.length) as ByteString, isDeep})
  }
  return touchedOf(touched)
}
