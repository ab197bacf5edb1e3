/** Lists a folder for comparisons, by a walk and a hash that are not Pocket's own. */
import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {hasNanosecondTimes} from '../../src/filesystem/native.js'

/** A description of every entry by its path; the folder itself is `.`. */
export type Listing = Map<string, string>

/** Without koffi times are restored to a microsecond or two: then tests use and compare whole milliseconds. */
export const TIME_STEP_NS = hasNanosecondTimes() ? 1n : 1_000_000n

/** Paths have each byte that is not plain ASCII as `%NN`. */
export function listTree(folder: string): Listing {
  const listing: Listing = new Map()
  walk(Buffer.from(folder), '', listing)
  return listing
}

/** What two listings do not have in common: empty when they are equal, short enough to read when they are not. */
export function differences(actual: Listing, expected: Listing): string[] {
  const found: string[] = []
  for (const [path, entry] of expected) {
    const other = actual.get(path)
    if (other !== entry) found.push(`${path}: expected ${entry}, got ${other ?? 'nothing'}`)
  }
  for (const [path, entry] of actual) if (!expected.has(path)) found.push(`${path}: expected nothing, got ${entry}`)
  return found.slice(0, 20)
}

/** `listing` as it would be of the folder `path` in it. */
export function below(listing: Listing, path: string): Listing {
  const part: Listing = new Map()
  for (const [own, entry] of listing) {
    if (own === path) part.set('.', entry)
    else if (own.startsWith(`${path}/`)) part.set(own.slice(path.length + 1), entry)
  }
  return part
}

function walk(path: Buffer, shown: string, listing: Listing): void {
  const stats = lstatSync(path, {bigint: true})
  const mode = (stats.mode & 0o7777n).toString(8)
  const common = `${mode} ${stats.uid}:${stats.gid} ${showTime(stats.mtimeNs)}`
  const place = shown === '' ? '.' : shown
  if (stats.isDirectory()) {
    listing.set(place, `directory ${common}`)
    for (const name of readdirSync(path, {encoding: 'buffer'})) {
      walk(Buffer.concat([path, Buffer.from('/'), name]), shown === '' ? show(name) : `${shown}/${show(name)}`, listing)
    }
  } else if (stats.isSymbolicLink()) listing.set(place, `link ${common} ${show(readlinkSync(path, {encoding: 'buffer'}))}`)
  else if (stats.isFile()) listing.set(place, `file ${common} ${stats.size} ${hash(readFileSync(path))}`)
  else listing.set(place, `special ${common}`)
}

function showTime(ns: bigint): string {
  return String((ns + TIME_STEP_NS / 2n) / TIME_STEP_NS)
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

/** The path or name of a listing for these bytes. */
export function show(name: Buffer): string {
  return name.toString('latin1').replace(/[^!-$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
