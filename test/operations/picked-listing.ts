/** What a snapshot of picked changes must hold, reckoned from listings of before and after, by rules that are not those of the engine. */
import type {ReviewedChange} from '../../src/index.js'
import {type Listing, show} from './tree-listing.js'

type Change = Pick<ReviewedChange, 'pathBytes' | 'change'>

export function pathOf({pathBytes}: Pick<Change, 'pathBytes'>): string {
  return show(Buffer.from(pathBytes))
}

function isFolder(entry: string | undefined): boolean {
  return entry?.startsWith('directory ') ?? false
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function typeOf(entry: string): string {
  return entry.slice(0, entry.indexOf(' '))
}

/** Paths that are of another type now, without those that lie in one. */
function replaced(before: Listing, after: Listing): string[] {
  return [...before.keys()].filter((path) => after.has(path) && typeOf(before.get(path)!) !== typeOf(after.get(path)!))
}

/** `before` with those of the changes to `after` that were picked. */
export function applyPicked(before: Listing, after: Listing, picked: readonly Change[]): Listing {
  const paths = new Set(picked.map(pathOf))
  const swapped = replaced(before, after)
  const result: Listing = new Map()
  const inSwapped = (path: string): string | undefined => swapped.find((one) => isAtOrBelow(path, one))
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const swap = inSwapped(path)
    const source = swap === undefined ? (paths.has(path) ? after : before) : paths.has(swap) ? after : before
    const entry = source.get(path)
    if (entry !== undefined && (swap !== undefined || !isFolder(entry))) result.set(path, entry)
  }
  const folders = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => inSwapped(path) === undefined && isFolder(before.get(path) ?? after.get(path)),
  )
  // The deepest first, so that it is known what a folder holds.
  for (const path of folders.sort((a, b) => depth(b) - depth(a))) {
    const entry = folderEntry(path, {before, after, paths, result})
    if (entry !== undefined) result.set(path, entry)
  }
  return result
}

function depth(path: string): number {
  return path === '.' ? 0 : path.split('/').length
}

interface Sides {
  before: Listing
  after: Listing
  paths: ReadonlySet<string>
  result: Listing
}

function folderEntry(path: string, {before, after, paths, result}: Sides): string | undefined {
  const isBelow = (other: string): boolean => (path === '.' ? other !== '.' : other.startsWith(`${path}/`))
  const [old, current] = [before.get(path), after.get(path)]
  const holdsAny = [...result.keys()].some(isBelow)
  const isPickedBelow = [...paths].some(isBelow)
  if (old === undefined) return holdsAny || paths.has(path) ? current : undefined
  if (current === undefined) return paths.has(path) || (isPickedBelow && !holdsAny) ? undefined : old
  const [mode, otherMode] = [old, current].map((entry) => entry.split(' ').slice(1, 3).join(' '))
  if (mode !== otherMode && path !== '.') return paths.has(path) ? current : old
  return isPickedBelow ? current : old
}

/** Paths that differ between the listings, folders only where they are on one side and empty, and that none of `changes` speaks of. */
export function untold(before: Listing, after: Listing, changes: readonly Change[]): string[] {
  const told = new Set(changes.map(pathOf))
  const swapped = replaced(before, after)
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
    if (before.get(path) === after.get(path) || isFolder(before.get(path) ?? after.get(path))) return false
    return !told.has(path) && !swapped.some((one) => told.has(one) && isAtOrBelow(path, one))
  })
}
