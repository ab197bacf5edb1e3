/** What names a chunk: its id and its length in bytes, always together. docs/repository-format.md, "References". */
export interface ChunkReference {
  /** 32 bytes. */
  id: Uint8Array
  length: number
}

export const CHUNK_ID_BYTES = 32

/** How high branch pages and chunk lists may stand above each other: enough for more than a computer can hold. */
export const MAX_LEVEL = 8
