/** Compares a restored file with what the snapshot says of it, and with the file that it was once taken of. */
import {type BigIntStats, chmodSync, closeSync, fdatasyncSync, openSync} from 'node:fs'
import {hasStoredContent, readWhole} from '../engine/live-content.js'
import {hasSameMetadata, isTooFresh} from '../engine/unchanged.js'
import {systemCode} from '../errors.js'
import {nativePath} from '../filesystem/native-path.js'
import {statEntry, statIfPresent, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkVerifier} from '../repository/pack-reader.js'
import type {DrawnFile} from '../snapshot/draw-file.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'

export interface Comparison {
  file: DrawnFile
  /** Where it was restored to. */
  restored: ByteString
  /** Whether the file system could not give it all of its metadata, which was told. */
  lacksMetadata: boolean
  content: {read: ReadTree; verifier: ChunkVerifier}
  /** Is awaited between stretches; throws to end it. */
  turn: () => Promise<void>
}

const PIECE_BYTES = 1024 * 1024
const READABLE = 0o400
const PERMISSIONS = 0o7777
/** Some file systems know whole seconds only, or every second one. */
const COARSE_NS = 2_000_000_000n
const SECOND_NS = 1_000_000_000n
const MICROSECOND_NS = 1000n

/** How the file, read again from the disk, differs from the snapshot; undefined where it does not. Throws system errors. */
export async function differenceOf({file: {entry}, restored, lacksMetadata, content, turn}: Comparison): Promise<string | undefined> {
  const stats = statEntry(restored)
  if (typeOfMode(Number(stats.mode)) !== ENTRY_TYPE.file) return 'it was restored as something else than a file'
  if (Number(stats.size) !== entry.sizeBytes) return `it was restored with ${stats.size} bytes instead of ${entry.sizeBytes}`
  if (!lacksMetadata && !isSameTime(stats.mtimeNs, entry.mtimeNs)) return 'it was restored with another time'
  const mode = Number(stats.mode) & PERMISSIONS
  if (!lacksMetadata && process.platform !== 'win32' && mode !== entry.mode) {
    return `it was restored with mode ${mode.toString(8)} instead of ${entry.mode.toString(8)}`
  }
  if ((mode & READABLE) === 0) chmodSync(nativePath(restored), mode | READABLE)
  writeOut(restored)
  const isSame = await hasStoredContent(restored, entry, {...content, onRead: turn})
  return isSame ? undefined : 'what was read from the temporary place again is not what was written there'
}

function isSameTime(found: bigint, stored: bigint): boolean {
  const difference = found < stored ? stored - found : found - stored
  return difference < MICROSECOND_NS || (found % SECOND_NS === 0n && difference <= COARSE_NS)
}

/** So that the disk has it, and not only the memory before it. */
function writeOut(path: ByteString): void {
  const file = openSync(nativePath(path), process.platform === 'win32' ? 'r+' : 'r')
  try {
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** `unlike`: it has changed, or is not there, or cannot be read: nothing can be told from it. */
export type LiveState = 'same' | 'rotten' | 'unlike'

/** Compares byte for byte with the file at `live`, where that looks as if nobody had written to it since the snapshot, which began at `startedNs`. */
export async function compareLive(
  {file, restored, turn}: Comparison,
  {live, startedNs}: {live: ByteString; startedNs: bigint},
): Promise<LiveState> {
  if (file.entry.error) return 'unlike'
  try {
    const before = statIfPresent(live)
    if (!isUnchanged(file, before) || isTooFresh(before, startedNs)) return 'unlike'
    if (await hasSameBytes(live, restored, turn)) return 'same'
    return isUnchanged(file, statIfPresent(live)) ? 'rotten' : 'unlike'
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return 'unlike'
  }
}

function isUnchanged({table, index}: DrawnFile, stats: BigIntStats | undefined): stats is BigIntStats {
  return stats !== undefined && typeOfMode(Number(stats.mode)) === ENTRY_TYPE.file && hasSameMetadata(table, index, stats)
}

async function hasSameBytes(one: ByteString, other: ByteString, turn: () => Promise<void>): Promise<boolean> {
  const files: number[] = []
  try {
    for (const path of [one, other]) files.push(openSync(nativePath(path), 'r'))
    const pieces = files.map(() => Buffer.allocUnsafe(PIECE_BYTES))
    for (let position = 0; ; position += PIECE_BYTES) {
      const [first, second] = files.map((file, number) => pieces[number].subarray(0, readWhole(file, pieces[number], position)))
      if (!first.equals(second)) return false
      if (first.length < PIECE_BYTES) return true
      await turn()
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}
