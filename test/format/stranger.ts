/**
 * A reader written from docs/repository-format.md alone: it uses nothing of Pocket, and other libraries where there is
 * a choice. It knows repositories of suite 1 that a key file opens.
 */
import {createDecipheriv} from 'node:crypto'
import zstd from '@bokuweb/zstd-wasm'
import {blake3} from '@noble/hashes/blake3.js'
import {Unpackr} from 'msgpackr'

/** The values that it reads are bytes, but for two lists. */
type Fields = Record<string, Buffer>
type Chunks = Map<string, {pack: string; counter: number; start: number; end: number; offset: number; codec: number; length: number}>

await zstd.init()
/** Not the library that Pocket takes where it has a choice. */
const decompress = (bytes: Uint8Array): Buffer => Buffer.from(zstd.decompress(bytes))

const unpackr = new Unpackr({useRecords: false, int64AsType: 'bigint'})
const keyedHash = (key: Uint8Array, bytes: Uint8Array) => Buffer.from(blake3(bytes, {key}))
const derive = (context: string, material: Uint8Array) => Buffer.from(blake3(material, {context: Buffer.from(context, 'utf8')}))

export class Stranger {
  readonly #objects: ReadonlyMap<string, Buffer>
  readonly #repositoryId: Buffer
  readonly #master: Buffer

  /** Unlocks the repository, which verifies its config. */
  constructor(objects: ReadonlyMap<string, Buffer>, keyFile: Uint8Array) {
    this.#objects = objects
    const config = objects.get('config') as Buffer
    const fields = unpackr.unpack(config) as Fields
    this.#repositoryId = fields.id
    const stored = this.#only('keys/')
    const wrapped = (unpackr.unpack(stored.subarray(40)) as Fields).wrapped
    this.#master = this.#open(stored, 0, wrapped, derive('pocket 2026 v1 key file', keyFile))
    const expected = keyedHash(this.#derived('config authentication'), config.subarray(0, -39))
    if (!expected.equals(fields.auth)) throw new Error('config is not authentic')
  }

  /** Names of objects that are not the hash of their bytes. */
  damagedNames(): string[] {
    const named = [...this.#objects].filter(([name]) => name !== 'config')
    return named.filter(([name, bytes]) => name.split('/').at(-1) !== hex(blake3(bytes))).map(([name]) => name)
  }

  derivedKeys(): Buffer[] {
    const purposes = ['data chunk id', 'tree chunk id', 'gear table', 'object sealing', 'config authentication']
    return purposes.map((purpose) => this.#derived(purpose))
  }

  gear(): bigint[] {
    return Array.from({length: 64}, (_, k) => {
      const counter = Buffer.alloc(4)
      counter.writeUInt32LE(k)
      const block = keyedHash(this.#derived('gear table'), counter)
      return [0, 8, 16, 24].map((offset) => block.readBigUInt64LE(offset))
    }).flat()
  }

  /** The paths of the snapshot. */
  paths(): string[] {
    return (this.#snapshot().paths as unknown as Buffer[]).map(String)
  }

  /** A file that lies in the folder that the snapshot is of. */
  readFile(name: string): {content: Buffer; mode: number; mtimeNs: bigint} {
    const chunks = this.#index()
    const [rootId, rootLength] = this.#snapshot().root as unknown as [Buffer, number]
    const page = unpackr.unpack(this.#chunk(chunks, 2, rootId, rootLength)) as Fields
    const names = page.names.toString('latin1').split('\0').slice(0, -1)
    const entry = names.indexOf(name)
    let reference = 0
    for (let before = 0; before < entry; before++) reference += page.counts.readUInt32LE(before * 4)
    const parts: Buffer[] = []
    for (let left = page.counts.readUInt32LE(entry * 4); left > 0; left--, reference++) {
      const id = page.ids.subarray(reference * 32, reference * 32 + 32)
      parts.push(this.#chunk(chunks, 1, id, page.lengths.readUInt32LE(reference * 4)))
    }
    return {
      content: Buffer.concat(parts),
      mode: page.modes.readUInt16LE(entry * 2),
      mtimeNs: page.mtimes.readBigInt64LE(entry * 8),
    }
  }

  #snapshot(): Fields {
    const stored = this.#only('snapshots/')
    return unpackr.unpack(this.#record(this.#open(stored, 0, stored.subarray(40)))) as Fields
  }

  #index(): Chunks {
    const stored = this.#only('index/')
    const record = this.#record(this.#open(stored, 0, stored.subarray(40)))
    const chunks: Chunks = new Map()
    let at = 4
    for (let packs = record.readUInt32LE(0); packs > 0; packs--) {
      const pack = record.subarray(at, at + 32).toString('hex')
      const length = record.readUInt32LE(at + 40)
      this.#addDirectory(chunks, pack, record[at + 36], record.subarray(at + 44, at + 44 + length))
      at += 44 + length
    }
    return chunks
  }

  #addDirectory(chunks: Chunks, pack: string, kind: number, directory: Buffer): void {
    const frames = directory.readUInt32LE(0)
    const count = directory.readUInt32LE(4)
    const column = (which: number, frame: number) => directory.readUInt32LE(8 + (which * frames + frame) * 4)
    let start = 40
    let chunk = 0
    for (let frame = 0; frame < frames; frame++) {
      const end = start + column(0, frame)
      let offset = 0
      for (let left = column(2, frame); left > 0; left--, chunk++) {
        const length = directory.readUInt32LE(8 + frames * 16 + chunk * 4)
        const id = directory.subarray(8 + frames * 16 + count * 4 + chunk * 32).subarray(0, 32)
        chunks.set(`${kind} ${id.toString('hex')}`, {pack, counter: frame, start, end, offset, codec: column(3, frame), length})
        offset += length
      }
      start = end
    }
  }

  #chunk(chunks: Chunks, kind: number, id: Buffer, length: number): Buffer {
    const place = chunks.get(`${kind} ${id.toString('hex')}`)
    if (place === undefined || place.length !== length) throw new Error('no such chunk of that length')
    const pack = this.#objects.get(`chunks/${place.pack.slice(0, 2)}/${place.pack}`) as Buffer
    const plain = this.#open(pack, place.counter, pack.subarray(place.start, place.end))
    const frame = place.codec === 1 ? decompress(plain) : plain
    const chunk = frame.subarray(place.offset, place.offset + length)
    const key = this.#derived(kind === 1 ? 'data chunk id' : 'tree chunk id')
    if (!keyedHash(key, chunk).equals(id)) throw new Error('the chunk is not as its id says')
    return chunk
  }

  #record(bytes: Buffer): Buffer {
    const raw = decompress(bytes.subarray(4))
    if (raw.length !== bytes.readUInt32LE(0)) throw new Error('the record is not as long as it says')
    return raw
  }

  #open(object: Buffer, counter: number, sealed: Buffer, sealingKey = this.#derived('object sealing')): Buffer {
    const head = object.subarray(0, 40)
    const nonce = Buffer.alloc(12)
    nonce.writeUInt32BE(counter, 8)
    const position = Buffer.alloc(4)
    position.writeUInt32LE(counter)
    const decipher = createDecipheriv('aes-256-gcm', keyedHash(sealingKey, head), nonce)
    decipher.setAAD(Buffer.concat([head, this.#repositoryId, position])).setAuthTag(sealed.subarray(-16))
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  }

  #derived(purpose: string): Buffer {
    return derive(`pocket 2026 v1 ${purpose}`, this.#master)
  }

  #only(prefix: string): Buffer {
    const found = [...this.#objects].filter(([name]) => name.startsWith(prefix))
    if (found.length !== 1) throw new Error(`expected one object below ${prefix}`)
    return found[0][1]
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
