/** Makes a long list of changes short: folders stand for what is in them, until there are few enough rows to be read. */
import type {ReviewedChange} from '../operations/review-snapshot.js'

/** One row: a change, all of those below a folder, or the rest of those in a folder that has rows for some. */
export interface ChangeGroup {
  /** For people; of a folder with a slash at its end, and only that for the base itself. */
  path: string
  type: 'change' | 'folder' | 'rest'
  changes: readonly ReviewedChange[]
}

interface Item {
  path: string
  change: ReviewedChange
}

/** Items with a common beginning, which is empty or ends with a slash; or a single one that is no folder. */
interface Range {
  prefix: string
  isFolder: boolean
  items: readonly Item[]
}

/** At most `limit` rows, in the order of paths; every change is in exactly one. */
export function groupChanges(changes: readonly ReviewedChange[], limit: number): ChangeGroup[] {
  const items = changes.map((change) => ({path: change.path, change}))
  items.sort((a, b) => compareText(a.path, b.path))
  if (items.length <= limit) return items.map((item) => rowOf(leaf(item)))
  const rows = openFolders({prefix: '', isFolder: true, items}, limit)
  return openPartly(rows, limit)
    .map((row) => ('type' in row ? row : rowOf(row)))
    .sort((a, b) => compareText(sortKey(a), sortKey(b)))
}

/** Bytes that a change has to do with: of now, or those that are gone. */
export function sizeOfChange({sizeAfter, sizeBefore}: ReviewedChange): number {
  return sizeAfter ?? sizeBefore ?? 0
}

/** The rest of a folder comes after what has rows of its own. */
function sortKey({path, type}: ChangeGroup): string {
  return type === 'rest' ? `${path}\uffff` : path
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The folders with the most changes are opened first, as long as all that is in them has room. */
function openFolders(root: Range, limit: number): Range[] {
  const closed: Range[] = [root]
  const rows: Range[] = []
  for (let folder = takeLargest(closed); folder; folder = takeLargest(closed)) {
    const inside = childrenOf(folder)
    if (rows.length + closed.length + inside.length > limit) rows.push(folder)
    else for (const child of inside) (child.isFolder ? closed : rows).push(child)
  }
  return rows
}

function takeLargest(ranges: Range[]): Range | undefined {
  let largest = 0
  for (let index = 1; index < ranges.length; index++) if (ranges[index].items.length > ranges[largest].items.length) largest = index
  return ranges.splice(largest, 1)[0]
}

/** One folder alone would say nothing: then its largest parts have rows. */
function openPartly(rows: readonly Range[], limit: number): (Range | ChangeGroup)[] {
  const [folder] = rows
  const room = limit - 1
  if (rows.length !== 1 || !folder.isFolder || room < 1) return [...rows]
  const inside = childrenOf(folder).sort((a, b) => sizeOf(b) - sizeOf(a))
  const rest = inside.slice(room).flatMap(({items}) => items.map(({change}) => change))
  return [...inside.slice(0, room), {path: shownFolder(folder.prefix), type: 'rest', changes: rest}]
}

function childrenOf({prefix, items}: Range): Range[] {
  const children: Range[] = []
  for (let start = 0; start < items.length; ) {
    const slash = items[start].path.indexOf('/', prefix.length)
    if (slash < 0) {
      children.push(leaf(items[start++]))
      continue
    }
    const inner = items[start].path.slice(0, slash + 1)
    let end = start + 1
    while (end < items.length && items[end].path.startsWith(inner)) end++
    children.push({prefix: inner, isFolder: true, items: items.slice(start, end)})
    start = end
  }
  return children
}

function leaf(item: Item): Range {
  return {prefix: item.path, isFolder: false, items: [item]}
}

function sizeOf({items}: Range): number {
  return items.reduce((sum, {change}) => sum + sizeOfChange(change), 0)
}

function rowOf({prefix, isFolder, items}: Range): ChangeGroup {
  return {path: isFolder ? shownFolder(prefix) : prefix, type: isFolder ? 'folder' : 'change', changes: items.map(({change}) => change)}
}

function shownFolder(prefix: string): string {
  return prefix === '' ? './' : prefix
}
