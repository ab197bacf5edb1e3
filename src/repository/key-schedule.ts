/** The keys that follow from the master key: docs/repository-format.md, "Keys". */
import {createHasher, deriveKey} from '../crypto/blake3.js'
import {equalBytes} from '../util/bytes.js'

export const KEY_BYTES = 32

/** Plain data, so that it can be handed to a worker. */
export interface RepositoryKeys {
  /** Undefined in a repository without encryption, where the id of a data chunk is its plain BLAKE3. */
  dataChunkKey: Uint8Array | undefined
  treeChunkKey: Uint8Array
  gearKey: Uint8Array
  sealingKey: Uint8Array
  configKey: Uint8Array
}

/** `masterKey` is undefined in a repository without encryption. */
export function deriveKeys(masterKey: Uint8Array | undefined): RepositoryKeys {
  const master = masterKey ?? new Uint8Array(KEY_BYTES)
  return {
    dataChunkKey: masterKey && deriveKey('pocket 2026 v1 data chunk id', master),
    treeChunkKey: deriveKey('pocket 2026 v1 tree chunk id', master),
    gearKey: deriveKey('pocket 2026 v1 gear table', master),
    sealingKey: deriveKey('pocket 2026 v1 object sealing', master),
    configKey: deriveKey('pocket 2026 v1 config authentication', master),
  }
}

/** The 32 bytes number `counter` of the stream that fills the gear table. */
export function gearBlock(gearKey: Uint8Array, counter: number): Uint8Array {
  const block = new Uint8Array(4)
  new DataView(block.buffer).setUint32(0, counter, true)
  return createHasher(gearKey).update(block).digest()
}

export interface ChunkIdentity {
  dataChunkKey: Uint8Array | undefined
  treeChunkKey: Uint8Array
}

/** Whether chunks have the same ids in both: with other keys, the same content has another name. */
export function haveSameIds(one: ChunkIdentity, other: ChunkIdentity): boolean {
  const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean => (a && b ? equalBytes(a, b) : a === b)
  return isSame(one.dataChunkKey, other.dataChunkKey) && isSame(one.treeChunkKey, other.treeChunkKey)
}
