/** Trees of files as fast-check makes them up, and changes to them. */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import {setTimes} from '../../src/filesystem/native.js'
import {DEFAULT_CHUNKER} from '../../src/chunker/parameters.js'
import {randomContent, textContent} from './content.js'
import {TIME_STEP_NS} from './tree-listing.js'

export type GeneratedEntry = GeneratedFile | GeneratedFolder | GeneratedLink

interface Metadata {
  mode: number
  owner: number
  mtimeNs: bigint
}

interface GeneratedFile extends Metadata {
  type: 'file'
  seed: number
  sizeBytes: number
  isText: boolean
}

export interface GeneratedFolder extends Metadata {
  type: 'folder'
  entries: [Buffer, GeneratedEntry][]
}

interface GeneratedLink extends Metadata {
  type: 'link'
  target: Buffer
}

const IS_ROOT = process.getuid?.() === 0
const FRAME_BYTES = 1024 * 1024
const {minSize, averageSize, maxSize} = DEFAULT_CHUNKER
const EDGES = [1, minSize, averageSize, maxSize, 2 * maxSize, FRAME_BYTES, FRAME_BYTES + maxSize].flatMap((size) => [
  size - 1,
  size,
  size + 1,
])

/** Any bytes that a file system takes for a name. */
const names = fc
  .oneof(
    {weight: 4, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/).map((text) => Buffer.from(text))},
    {weight: 2, arbitrary: fc.string({unit: 'grapheme', minLength: 1, maxLength: 20}).map((text) => Buffer.from(text))},
    {weight: 2, arbitrary: fc.uint8Array({min: 1, max: 255, minLength: 1, maxLength: 255}).map((bytes) => Buffer.from(bytes))},
    {
      weight: 1,
      arbitrary: fc.constantFrom('\n', ' ', '.a', '...', 'a\\b', '-', '\u001b[31m', 'é', 'e\u0301').map((text) => Buffer.from(text)),
    },
  )
  .map((name) => Buffer.from(name.filter((byte) => byte !== 0 && byte !== 0x2f)))
  .filter((name) => name.length > 0 && name.length <= 255 && !['.', '..'].includes(name.toString('latin1')))

/** Seconds that ext4, xfs and tmpfs can keep: from 1901 to 2255. */
const times = fc
  .oneof(
    fc.bigInt({min: -(2n ** 31n), max: 9_000_000_000n}),
    fc.bigInt({min: 1_600_000_000n, max: 1_800_000_000n}),
    fc.constantFrom(-1n, 0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n),
  )
  .chain((seconds) => fc.bigInt({min: 0n, max: 999_999_999n}).map((ns) => ((seconds * 1_000_000_000n + ns) / TIME_STEP_NS) * TIME_STEP_NS))

const owners = fc.constantFrom(0, 0, 0, 1000, 65_534, 4_000_000_000)
/** Who is not root could neither read nor clear away what it may not open. */
const modes = (needed: number) => fc.integer({min: 0, max: 0o7777}).map((mode) => (IS_ROOT ? mode : (mode & 0o777) | needed))

const files: fc.Arbitrary<GeneratedEntry> = fc.record({
  type: fc.constant('file' as const),
  mode: modes(0o600),
  owner: owners,
  mtimeNs: times,
  // Few seeds, so that contents and beginnings of contents come again.
  seed: fc.integer({min: 0, max: 5}),
  sizeBytes: fc.oneof(fc.constant(0), fc.integer({min: 0, max: 2000}), fc.constantFrom(...EDGES), fc.integer({min: 0, max: 600_000})),
  isText: fc.boolean(),
})

const links: fc.Arbitrary<GeneratedEntry> = fc.record({
  type: fc.constant('link' as const),
  mode: fc.constant(0o777),
  owner: owners,
  mtimeNs: times,
  target: fc.oneof(
    names,
    fc.array(names, {minLength: 1, maxLength: 8}).map((parts) => Buffer.concat(parts.flatMap((part) => [part, Buffer.from('/')]))),
    fc.constantFrom('/', '/etc/passwd', '..', '../..', './x').map((text) => Buffer.from(text)),
  ),
})

const {entry, folder} = fc.letrec<{entry: GeneratedEntry; folder: GeneratedEntry}>((tie) => ({
  entry: fc.oneof(
    {depthSize: 'small', maxDepth: 5},
    {weight: 5, arbitrary: files},
    {weight: 1, arbitrary: links},
    {weight: 3, arbitrary: tie('folder')},
  ),
  folder: fc.record({
    type: fc.constant('folder' as const),
    mode: modes(0o700),
    owner: owners,
    mtimeNs: times,
    entries: fc.uniqueArray(fc.tuple(names, tie('entry')), {maxLength: 6, selector: ([name]) => name.toString('latin1')}),
  }),
}))

export const generatedEntries = entry
export const generatedFolders = folder as fc.Arbitrary<GeneratedFolder>

/** Writes `entry` to `path`, where there is nothing, or an empty folder for a folder. */
export function writeEntry(path: Buffer, entry: GeneratedEntry): void {
  if (entry.type === 'file') {
    const content = entry.isText ? textContent(entry.seed, entry.sizeBytes) : randomContent(entry.seed, entry.sizeBytes)
    writeFileSync(path, content)
  } else if (entry.type === 'link') symlinkSync(entry.target, path)
  else {
    mkdirSync(path, {recursive: true})
    for (const [name, child] of entry.entries) writeEntry(join(path, name), child)
  }
  setMetadata(path, entry)
}

function setMetadata(path: Buffer, {type, mode, owner, mtimeNs}: GeneratedEntry): void {
  if (IS_ROOT && type === 'link') lchownSync(path, owner, owner)
  else if (IS_ROOT) chownSync(path, owner, owner)
  if (type !== 'link') chmodSync(path, mode)
  setTimes(path, mtimeNs, mtimeNs)
}

/** A change to the entry that `place` picks among all there are. */
export interface Edit {
  kind: 'append' | 'overwrite' | 'overwrite-unseen' | 'truncate' | 'remove' | 'replace' | 'add' | 'rename' | 'touch' | 'mode'
  place: number
  value: number
  name: Buffer
  entry: GeneratedEntry
}

export const edits: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom<Edit['kind']>(
    'append',
    'overwrite',
    'overwrite-unseen',
    'truncate',
    'remove',
    'replace',
    'add',
    'rename',
    'touch',
    'mode',
  ),
  place: fc.nat(),
  value: fc.nat(),
  name: names,
  entry: generatedEntries,
})

/** What a watch would tell of an edit. */
export interface EditedPath {
  pathBytes: Buffer
  isDeep: boolean
}

/** Applies `edit` to the tree at `root`, as far as there is something that it fits; tells what it has touched. */
export function applyEdit(root: Buffer, edit: Edit): EditedPath[] {
  const all = listAll(root)
  const path = all[edit.place % all.length]
  const stats = lstatSync(path, {bigint: true})
  const touched = (...paths: Buffer[]): EditedPath[] => paths.map((pathBytes) => ({pathBytes, isDeep: false}))
  if (edit.kind === 'add') {
    const folder = stats.isDirectory() ? path : root
    const added = join(folder, edit.name)
    if (lstatSync(added, {throwIfNoEntry: false}) !== undefined || added.length >= 3000) return []
    writeEntry(added, edit.entry)
    return touched(added)
  }
  if (path === root) return []
  if (edit.kind === 'rename') {
    const renamed = join(path.subarray(0, path.lastIndexOf('/')), edit.name)
    if (lstatSync(renamed, {throwIfNoEntry: false}) !== undefined) return []
    renameSync(path, renamed)
    return [...touched(path), {pathBytes: renamed, isDeep: true}]
  }
  if (edit.kind === 'remove') rmSync(path, {recursive: true})
  else if (edit.kind === 'replace') {
    rmSync(path, {recursive: true})
    writeEntry(path, edit.entry)
  } else if (edit.kind === 'touch') setTimes(path, 0n, BigInt(edit.value) * 1_000_000_000n)
  else if (edit.kind === 'mode' && !stats.isSymbolicLink()) chmodSync(path, (edit.value & 0o777) | (IS_ROOT ? 0 : 0o700))
  else if (stats.isFile()) editContent(path, edit, {size: Number(stats.size), mtimeNs: stats.mtimeNs})
  else return []
  return touched(path)
}

function editContent(path: Buffer, {kind, value}: Edit, {size, mtimeNs}: {size: number; mtimeNs: bigint}): void {
  // Without O_CREAT, which the system forbids even root on files of others in folders with the sticky bit.
  if (kind === 'append') {
    const file = openSync(path, constants.O_WRONLY | constants.O_APPEND)
    writeFileSync(file, randomContent(value, value % 100_000))
    closeSync(file)
  } else if (kind === 'truncate') truncateSync(path, size === 0 ? 0 : value % size)
  else if (size > 0) {
    const length = Math.max(1, Math.min(size, value % 5000))
    writeFileSync(path, randomContent(value, length), {flag: 'r+'})
    // Nothing but the time of the last change of the inode tells then.
    if (kind === 'overwrite-unseen') setTimes(path, mtimeNs, mtimeNs)
  }
}

/** The path of everything at and below `root`, `root` first. */
function listAll(root: Buffer): Buffer[] {
  const found = [root]
  for (const path of found) {
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path, {encoding: 'buffer'})) found.push(join(path, name))
  }
  return found
}

function join(folder: Buffer, name: Uint8Array): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name])
}
