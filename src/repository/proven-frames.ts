/**
 * When a restore drill of this machine has proven each frame: that files which need it came back as they were. Kept in the folder of state, a file
 * a repository, with how much there is to prove, so that the share proven is known without opening the repository. A file that is not as it was
 * written says nothing: then nothing has been proven so far.
 */
import {readFile} from 'node:fs/promises'
import {hash} from '../crypto/blake3.js'
import {systemCode} from '../errors.js'
import type {ObjectId} from '../id.js'
import {concatBytes, equalBytes, fromHex, toHex} from '../util/bytes.js'
import {replaceFile} from '../util/replace-file.js'
import type {FrameLocation} from './chunk-index.js'

/** `PVF1`, the stored bytes of all frames as a double, for each pack its id and the number of its frames, for each of these three numbers; then the hash of all before. */
const MAGIC = Uint8Array.of(0x50, 0x56, 0x46, 0x31)
const ID_BYTES = 32
const HASH_BYTES = 32
const PACK_BYTES = ID_BYTES + 4
/** Its number in the pack, the second in which it was proven, its stored bytes. */
const FRAME_BYTES = 12
const HEAD_BYTES = MAGIC.length + 8
const MOST_SECONDS = 0xffff_ffff

interface Proof {
  second: number
  storedBytes: number
}

interface Content {
  totalBytes: number
  packs: Map<ObjectId, Map<number, Proof>>
}

export type FrameName = Pick<FrameLocation, 'ordinal' | 'storedLength'> & {pack: {id: ObjectId}}

export class ProvenFrames {
  readonly #path: string
  readonly #content: Content
  readonly #changed = new Map<ObjectId, Set<number>>()
  #retains: (id: ObjectId) => boolean = () => true

  private constructor(path: string, content: Content) {
    this.#path = path
    this.#content = content
  }

  /** Throws system errors. */
  static async load(path: string): Promise<ProvenFrames> {
    return new ProvenFrames(path, await readContent(path))
  }

  /** When a frame was proven last, in ms since 1970; undefined when it never was, or later than `nowMs`, since the clock was wrong then. */
  lastMs({pack, ordinal}: FrameName, nowMs: number): number | undefined {
    const proof = this.#content.packs.get(pack.id)?.get(ordinal)
    return proof === undefined || proof.second * 1000 > nowMs ? undefined : proof.second * 1000
  }

  note({pack, ordinal, storedLength}: FrameName, nowMs: number): void {
    const second = Math.min(Math.floor(nowMs / 1000), MOST_SECONDS)
    framesOf(this.#content, pack.id).set(ordinal, {second, storedBytes: storedLength})
    this.#change(pack.id, ordinal)
  }

  /** What needs the frame did not come back as it was. */
  drop({pack, ordinal}: FrameName): void {
    this.#content.packs.get(pack.id)?.delete(ordinal)
    this.#change(pack.id, ordinal)
  }

  /** Forgets packs that are not there any more; `totalBytes` is what the frames of all others take. */
  retain(isThere: (id: ObjectId) => boolean, totalBytes: number): void {
    this.#retains = isThere
    this.#content.totalBytes = totalBytes
    for (const id of this.#content.packs.keys()) if (!isThere(id)) this.#content.packs.delete(id)
  }

  get totalBytes(): number {
    return this.#content.totalBytes
  }

  /** Stored bytes of what was proven at `sinceMs` or later, and not after `nowMs`. */
  provenBytes(sinceMs: number, nowMs: number): number {
    let bytes = 0
    for (const frames of this.#content.packs.values()) {
      for (const {second, storedBytes} of frames.values()) if (second * 1000 >= sinceMs && second * 1000 <= nowMs) bytes += storedBytes
    }
    return bytes
  }

  /** Keeps what has changed since it was loaded, beside what others have written meanwhile. Throws system errors. */
  async save(): Promise<void> {
    const all = await readContent(this.#path)
    all.totalBytes = this.#content.totalBytes
    for (const [id, ordinals] of this.#changed) {
      for (const ordinal of ordinals) {
        const own = this.#content.packs.get(id)?.get(ordinal)
        if (own === undefined) all.packs.get(id)?.delete(ordinal)
        else framesOf(all, id).set(ordinal, own)
      }
    }
    for (const [id, frames] of all.packs) if (frames.size === 0 || !this.#retains(id)) all.packs.delete(id)
    this.#changed.clear()
    await replaceFile(this.#path, encode(all))
  }

  #change(id: ObjectId, ordinal: number): void {
    const known = this.#changed.get(id)
    if (known) known.add(ordinal)
    else this.#changed.set(id, new Set([ordinal]))
  }
}

function framesOf({packs}: Content, id: ObjectId): Map<number, Proof> {
  const known = packs.get(id) ?? new Map<number, Proof>()
  packs.set(id, known)
  return known
}

function encode({totalBytes, packs}: Content): Uint8Array {
  let length = HEAD_BYTES
  for (const frames of packs.values()) length += PACK_BYTES + frames.size * FRAME_BYTES
  const content = new Uint8Array(length)
  const view = new DataView(content.buffer)
  content.set(MAGIC)
  view.setFloat64(MAGIC.length, totalBytes, true)
  let at = HEAD_BYTES
  for (const [id, frames] of packs) {
    content.set(fromHex(id), at)
    view.setUint32(at + ID_BYTES, frames.size, true)
    at += PACK_BYTES
    for (const [ordinal, {second, storedBytes}] of frames) {
      view.setUint32(at, ordinal, true)
      view.setUint32(at + 4, second, true)
      view.setUint32(at + 8, storedBytes, true)
      at += FRAME_BYTES
    }
  }
  return concatBytes([content, hash(content)])
}

/** Nothing for a file that is not there, or not as it was written. */
async function readContent(path: string): Promise<Content> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
  })
  const nothing: Content = {totalBytes: 0, packs: new Map()}
  if (!bytes || bytes.length < HEAD_BYTES + HASH_BYTES) return nothing
  const content = bytes.subarray(0, -HASH_BYTES)
  const isWritten = equalBytes(content.subarray(0, MAGIC.length), MAGIC) && equalBytes(hash(content), bytes.subarray(-HASH_BYTES))
  return isWritten ? decode(content) : nothing
}

function decode(content: Uint8Array): Content {
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  const packs = new Map<ObjectId, Map<number, Proof>>()
  for (let at = HEAD_BYTES; at < content.length; ) {
    const frames = new Map<number, Proof>()
    packs.set(toHex(content.subarray(at, at + ID_BYTES)) as ObjectId, frames)
    const end = at + PACK_BYTES + view.getUint32(at + ID_BYTES, true) * FRAME_BYTES
    for (at += PACK_BYTES; at < end; at += FRAME_BYTES) {
      frames.set(view.getUint32(at, true), {second: view.getUint32(at + 4, true), storedBytes: view.getUint32(at + 8, true)})
    }
  }
  return {totalBytes: view.getFloat64(MAGIC.length, true), packs}
}
