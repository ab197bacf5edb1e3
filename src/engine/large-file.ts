/** Reads one large file with all workers: one finds the cuts of a stretch, then all read their own parts of it. */
import type {BigIntStats} from 'node:fs'
import {PocketError, systemCode} from '../errors.js'
import {statEntry} from '../filesystem/scan.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ByteString} from '../util/bytes.js'
import type {ReferenceRange} from './directory-builder.js'
import type {SnapshotPool} from './file-scheduler.js'
import {type FileError, type FileStats, type SegmentDone, SHRUNK} from './messages.js'

/** How far one job looks for cuts: long enough to pay for the job, short enough to be in the page cache when it is read again. */
const STRETCH_BYTES = 32 * 1024 * 1024
const SEGMENT_BYTES = 4 * 1024 * 1024
const ATTEMPTS = 3

export interface LargeContent {
  references: ReferenceRange
  sizeBytes: bigint
  /** Present when the file is not as it was listed. */
  stats?: FileStats
  /** Whether the last reading met no change. */
  isStable: boolean
  /** Why it could not be read; then the rest means nothing. */
  error?: FileError
}

export class LargeFileReader {
  readonly #pool: SnapshotPool
  readonly #backpressure: () => Promise<void>

  /** `backpressure` is awaited before each stretch: it waits when the backend is behind, and throws when it has failed. */
  constructor(pool: SnapshotPool, backpressure: () => Promise<void>) {
    this.#pool = pool
    this.#backpressure = backpressure
  }

  async read(path: ByteString, listed: BigIntStats): Promise<LargeContent> {
    let expected = listed
    for (let attempt = 1; ; attempt++) {
      const content = await this.#readOnce(path)
      if (content.error && content.error.code !== SHRUNK) return content
      let after: BigIntStats
      try {
        after = statEntry(path)
      } catch (error) {
        return {...content, error: describe(error)}
      }
      const isStable = !content.error && isSame(expected, after) && content.sizeBytes === after.size
      if (isStable) return expected === listed ? content : {...content, stats: statsOf(after)}
      if (attempt === ATTEMPTS) return {...content, stats: statsOf(after), isStable: false}
      expected = after
    }
  }

  async #readOnce(path: ByteString): Promise<LargeContent> {
    const parts: Promise<SegmentDone>[] = []
    const lengths: number[] = []
    let offset = 0
    for (let isEnd = false; !isEnd; ) {
      await this.#backpressure()
      await this.#pool.ready()
      const cut = await this.#pool.run({type: 'cut', path, offset, limitBytes: STRETCH_BYTES})
      if (cut.type !== 'cut-done') throw new PocketError('worker-failed', `a worker answered '${cut.type}' to 'cut'`)
      if (cut.error) {
        await Promise.allSettled(parts)
        return failedContent(cut.error)
      }
      isEnd = cut.isEnd
      for (const segment of segmentsOf(cut.lengths)) {
        await this.#pool.ready()
        const part = this.#readSegment(path, offset, segment)
        // `join` awaits it; until then a rejection has its handler here.
        part.catch(() => undefined)
        parts.push(part)
        for (const length of segment) {
          lengths.push(length)
          offset += length
        }
      }
    }
    return join(await Promise.all(parts), lengths, offset)
  }

  async #readSegment(path: ByteString, offset: number, lengths: Uint32Array): Promise<SegmentDone> {
    const done = await this.#pool.run({type: 'segment', path, offset, lengths})
    if (done.type !== 'segment-done') throw new PocketError('worker-failed', `a worker answered '${done.type}' to 'segment'`)
    return done
  }
}

function* segmentsOf(lengths: Uint32Array): Generator<Uint32Array> {
  let start = 0
  let bytes = 0
  for (let index = 0; index < lengths.length; index++) {
    bytes += lengths[index]
    if (bytes < SEGMENT_BYTES) continue
    yield lengths.slice(start, index + 1)
    start = index + 1
    bytes = 0
  }
  if (start < lengths.length) yield lengths.slice(start)
}

function join(parts: readonly SegmentDone[], lengths: readonly number[], sizeBytes: number): LargeContent {
  const failed = parts.find(({error}) => error)
  if (failed?.error) return failedContent(failed.error)
  const ids = new Uint8Array(lengths.length * CHUNK_ID_BYTES)
  let at = 0
  for (const part of parts) {
    ids.set(part.ids, at)
    at += part.ids.length
  }
  const references = {ids, lengths: Uint32Array.from(lengths), start: 0, count: lengths.length, depth: 0}
  return {references, sizeBytes: BigInt(sizeBytes), isStable: true}
}

function failedContent(error: FileError): LargeContent {
  const references = {ids: new Uint8Array(0), lengths: new Uint32Array(0), start: 0, count: 0, depth: 0}
  return {references, sizeBytes: 0n, isStable: false, error}
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino
}

function statsOf({mode, uid, gid, mtimeNs, ctimeNs, ino}: BigIntStats): FileStats {
  return {mode: Number(mode), uid: Number(uid), gid: Number(gid), mtime: mtimeNs, ctime: ctimeNs, inode: ino}
}

function describe(error: unknown): FileError {
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : String(error)}
}
