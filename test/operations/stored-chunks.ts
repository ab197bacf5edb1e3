/** Looks into the packs of a repository, whether an index names them or not. */
import {CHUNKS_PREFIX, idInName} from '../../src/repository/names.js'
import {readPackDirectory} from '../../src/repository/pack-reader.js'
import type {Repository} from '../../src/repository/repository.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import {toHex} from '../../src/util/bytes.js'

export async function readPacks({backend, sealing}: Pick<Repository, 'backend' | 'sealing'>): Promise<IndexedPack[]> {
  const packs: IndexedPack[] = []
  for await (const {name} of backend.list(CHUNKS_PREFIX)) {
    const id = idInName(name)
    if (id) packs.push(await readPackDirectory(backend, sealing, id))
  }
  return packs
}

/** Ids of chunks that are stored more than once. */
export async function duplicateChunks(repository: Pick<Repository, 'backend' | 'sealing'>): Promise<string[]> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const {directory} of await readPacks(repository)) {
    for (let at = 0; at < directory.chunkIds.length; at += 32) {
      const id = toHex(directory.chunkIds.subarray(at, at + 32))
      if (seen.has(id)) twice.add(id)
      seen.add(id)
    }
  }
  return [...twice]
}
