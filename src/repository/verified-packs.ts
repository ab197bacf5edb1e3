/**
 * When this machine has read each pack and found it whole, kept in the local cache. Only what is in no cache is forgotten: without one, and
 * when the file is damaged, nothing has been verified so far.
 */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {hash} from '../crypto/blake3.js'
import {systemCode} from '../errors.js'
import type {ObjectId} from '../id.js'
import {concatBytes, equalBytes, fromHex, toHex} from '../util/bytes.js'
import {replaceFile} from '../util/replace-file.js'

const FILE = 'verified-packs'
/** `PVP1`, then for each pack its id and the second in which it was verified, then the hash of all before. */
const MAGIC = Uint8Array.of(0x50, 0x56, 0x50, 0x31)
const ID_BYTES = 32
const RECORD_BYTES = ID_BYTES + 4
const HASH_BYTES = 32
/** 36 MB; of more, those that were verified last. */
const MOST_PACKS = 1_000_000
const MOST_SECONDS = 0xffff_ffff

export class VerifiedPacks {
  readonly #path: string | undefined
  readonly #seconds: Map<ObjectId, number>
  readonly #changed = new Set<ObjectId>()

  private constructor(path: string | undefined, seconds: Map<ObjectId, number>) {
    this.#path = path
    this.#seconds = seconds
  }

  /** `cacheDirectory`: the repository's own. Throws system errors. */
  static async load(cacheDirectory: string | undefined): Promise<VerifiedPacks> {
    const path = cacheDirectory === undefined ? undefined : join(cacheDirectory, FILE)
    return new VerifiedPacks(path, path === undefined ? new Map<ObjectId, number>() : await readSeconds(path))
  }

  get size(): number {
    return this.#seconds.size
  }

  /** When a pack was verified last, in ms since 1970; undefined when it never was, or later than `nowMs`, since the clock was wrong then. */
  lastMs(id: ObjectId, nowMs: number): number | undefined {
    const seconds = this.#seconds.get(id)
    return seconds === undefined || seconds * 1000 > nowMs ? undefined : seconds * 1000
  }

  /** A pack was read, and is whole. */
  note(id: ObjectId, nowMs: number): void {
    this.#seconds.set(id, Math.min(Math.floor(nowMs / 1000), MOST_SECONDS))
    this.#changed.add(id)
  }

  /** A pack was read, and is not whole. */
  drop(id: ObjectId): void {
    this.#seconds.delete(id)
    this.#changed.add(id)
  }

  /** Forgets packs that are not there any more. */
  retain(isThere: (id: ObjectId) => boolean): void {
    for (const id of this.#seconds.keys()) if (!isThere(id)) this.drop(id)
  }

  /** Keeps what has changed since the last time, beside what others have written meanwhile. Throws system errors. */
  async save(): Promise<void> {
    if (this.#path === undefined || this.#changed.size === 0) return
    const all = await readSeconds(this.#path)
    for (const id of this.#changed) {
      const own = this.#seconds.get(id)
      if (own === undefined) all.delete(id)
      else all.set(id, own)
    }
    this.#changed.clear()
    await replaceFile(this.#path, encode(all))
  }
}

function encode(seconds: ReadonlyMap<ObjectId, number>): Uint8Array {
  const kept = [...seconds].sort((a, b) => b[1] - a[1]).slice(0, MOST_PACKS)
  const records = new Uint8Array(kept.length * RECORD_BYTES)
  const view = new DataView(records.buffer)
  kept.forEach(([id, second], place) => {
    records.set(fromHex(id), place * RECORD_BYTES)
    view.setUint32(place * RECORD_BYTES + ID_BYTES, second, true)
  })
  const content = concatBytes([MAGIC, records])
  return concatBytes([content, hash(content)])
}

/** Empty for a file that is not there, or not as it was written. */
async function readSeconds(path: string): Promise<Map<ObjectId, number>> {
  const seconds = new Map<ObjectId, number>()
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
  })
  if (!bytes || bytes.length < MAGIC.length + HASH_BYTES) return seconds
  const content = bytes.subarray(0, -HASH_BYTES)
  const isWritten = equalBytes(content.subarray(0, MAGIC.length), MAGIC) && equalBytes(hash(content), bytes.subarray(-HASH_BYTES))
  const records = content.subarray(MAGIC.length)
  if (!isWritten || records.length % RECORD_BYTES !== 0) return seconds
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    seconds.set(toHex(records.subarray(at, at + ID_BYTES)) as ObjectId, records.readUInt32LE(at + ID_BYTES))
  }
  return seconds
}
