/**
 * One file of the local cache: an object and, behind it, a checksum for each block of it, so that a part of it can
 * be trusted without reading the whole. Damage by accident is found; against malice there is the sealing.
 *
 *   object ‖ CRC-32 of each 64 KiB of it (u32 each) ‖ length of the object (u64) ‖ magic (8 bytes)
 */
import {type FileHandle, open, rename, unlink, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import {crc32} from 'node:zlib'
import {PocketError, systemCode} from '../errors.js'
import type {ByteRange} from './backend.js'
import {makeFolders} from '../util/make-folders.js'
import {isMissing} from './local-errors.js'
import {readSpan} from './local-files.js'
import {resolveRange, type Span} from './range.js'

const BLOCK_BYTES = 64 * 1024
const CHECKSUM_BYTES = 4
const MAGIC = Buffer.from('PKTCACH1')
const TAIL_BYTES = 8 + MAGIC.length
/** A file that is shorter is read with one call: most are. */
const SMALL_BYTES = 32 * 1024
/** As many as there were reads at a time. */
const spareBuffers: Buffer[] = []

/** Writes the object beside `path` first, so that nobody sees a part of it; not durably, for it can be fetched again. */
export async function writeCacheFile(path: string, temporary: string, object: Uint8Array): Promise<void> {
  await makeFolders(dirname(path))
  try {
    await writeFile(temporary, object, {flag: 'wx', mode: 0o600})
    await writeFile(temporary, encodeTail(object), {flag: 'a'})
    await rename(temporary, path)
  } catch (error) {
    // The first error is the one to tell; what this cannot remove is swept a day later.
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/**
 * The object, or the range of it, or undefined when there is no file or its object is shorter than the range wants.
 * A range is checked against the blocks' checksums; the whole object is not (the caller checks it against its name).
 * Throws `io-failed` when the file is damaged, system errors when it cannot be read.
 */
export async function readCacheFile(path: string, name: string, range?: ByteRange): Promise<Uint8Array | undefined> {
  const file = await openIfThere(path)
  if (file === undefined) return undefined
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES)
  try {
    const {bytesRead} = await file.read(buffer, 0, SMALL_BYTES, 0)
    const isSmall = bytesRead < SMALL_BYTES
    const source = isSmall ? buffer.subarray(0, bytesRead) : file
    const sizeBytes = await readSize(source, name, isSmall ? bytesRead : (await file.stat()).size)
    if (range === undefined) return await readExactly(source, name, {start: 0, length: sizeBytes})
    if ('start' in range && range.start + range.length > sizeBytes) return undefined
    return await readChecked(source, name, {span: resolveRange(name, sizeBytes, range), sizeBytes})
  } catch (error) {
    // A folder in the place of the file.
    if (systemCode(error) === 'EISDIR') return undefined
    throw error
  } finally {
    spareBuffers.push(buffer)
    await file.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function encodeTail(object: Uint8Array): Buffer {
  const blocks = Math.ceil(object.length / BLOCK_BYTES)
  const tail = Buffer.alloc(blocks * CHECKSUM_BYTES + TAIL_BYTES)
  for (let block = 0; block < blocks; block += 1) {
    tail.writeUInt32LE(crc32(object.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)), block * CHECKSUM_BYTES)
  }
  tail.writeBigUInt64LE(BigInt(object.length), tail.length - TAIL_BYTES)
  tail.set(MAGIC, tail.length - MAGIC.length)
  return tail
}

/** Where the file's bytes come from: all of them, when they are few. */
type Source = FileHandle | Uint8Array

/** The length of the object, when the file's own length and end agree with it. */
async function readSize(source: Source, name: string, fileBytes: number): Promise<number> {
  const tail = await readExactly(source, name, {start: Math.max(0, fileBytes - TAIL_BYTES), length: TAIL_BYTES})
  const view = new DataView(tail.buffer, tail.byteOffset, TAIL_BYTES)
  const sizeBytes = Number(view.getBigUint64(0, true))
  const expected = sizeBytes + Math.ceil(sizeBytes / BLOCK_BYTES) * CHECKSUM_BYTES + TAIL_BYTES
  if (expected !== fileBytes || !MAGIC.equals(tail.subarray(8))) throw damagedCopy(name)
  return sizeBytes
}

async function readChecked(source: Source, name: string, {span, sizeBytes}: {span: Span; sizeBytes: number}): Promise<Uint8Array> {
  const first = Math.floor(span.start / BLOCK_BYTES)
  const end = Math.ceil((span.start + span.length) / BLOCK_BYTES)
  const start = first * BLOCK_BYTES
  const length = Math.min(end * BLOCK_BYTES, sizeBytes) - start
  const checksums = {start: sizeBytes + first * CHECKSUM_BYTES, length: (end - first) * CHECKSUM_BYTES}
  const [blocks, expected] = await Promise.all([readExactly(source, name, {start, length}), readExactly(source, name, checksums)])
  const view = new DataView(expected.buffer, expected.byteOffset, expected.length)
  for (let block = 0; block < end - first; block += 1) {
    const checksum = crc32(blocks.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
    if (checksum !== view.getUint32(block * CHECKSUM_BYTES, true)) throw damagedCopy(name)
  }
  return blocks.subarray(span.start - start, span.start - start + span.length)
}

async function readExactly(source: Source, name: string, {start, length}: Span): Promise<Uint8Array> {
  const bytes =
    source instanceof Uint8Array ? Uint8Array.prototype.slice.call(source, start, start + length) : await readSpan(source, start, length)
  if (bytes.length !== length) throw damagedCopy(name)
  return bytes
}

export function damagedCopy(name: string): PocketError {
  return new PocketError('io-failed', `cannot read '${name}' from the cache: the cached copy is damaged`)
}
