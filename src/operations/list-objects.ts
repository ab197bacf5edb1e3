/** Lists what a repository is made of. */
import type {ListedObject} from '../backend/backend.js'
import type {ChunkIndex, ChunkKind} from '../repository/chunk-index.js'
import {CONFIG_NAME, idInName, indexName, keyName, packName, snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'

/** A pack that is not indexed is being stored at this moment, or was when a run died; `other` is what Pocket has not put there. */
export const OBJECT_KINDS = ['config', 'key', 'data-pack', 'tree-pack', 'unindexed-pack', 'index', 'snapshot', 'other'] as const

export type ObjectKind = (typeof OBJECT_KINDS)[number]

export interface ObjectInfo {
  name: string
  kind: ObjectKind
  sizeBytes: number
  /** When it was last written, in ms since 1970; undefined where the backend does not know. */
  modifiedMs: number | undefined
}

export interface ObjectTotals {
  kinds: Record<ObjectKind, {objects: number; bytes: number}>
  objects: number
  bytes: number
}

/** Yields each object as the backend lists them; returns the totals. */
export async function* listObjects(repository: Repository): AsyncGenerator<ObjectInfo, ObjectTotals, void> {
  const packs = packKinds(await repository.loadIndex())
  const totals: ObjectTotals = {kinds: noObjects(), objects: 0, bytes: 0}
  for await (const object of repository.backend.list('')) {
    const {name, sizeBytes, modifiedMs} = object
    const kind = kindOf(object, packs)
    for (const counts of [totals, totals.kinds[kind]]) {
      counts.objects++
      counts.bytes += sizeBytes
    }
    yield {name, kind, sizeBytes, modifiedMs}
  }
  return totals
}

function kindOf({name}: ListedObject, packs: ReadonlyMap<string, ChunkKind>): ObjectKind {
  if (name === CONFIG_NAME) return 'config'
  const id = idInName(name)
  if (id === undefined) return 'other'
  switch (name) {
    case packName(id): {
      const kind = packs.get(id)
      return kind === undefined ? 'unindexed-pack' : `${kind}-pack`
    }
    case indexName(id):
      return 'index'
    case snapshotName(id):
      return 'snapshot'
    case keyName(id):
      return 'key'
    default:
      return 'other'
  }
}

function packKinds({packs}: ChunkIndex): Map<string, ChunkKind> {
  return new Map(packs.map(({id, kind}) => [id, kind]))
}

function noObjects(): ObjectTotals['kinds'] {
  const none = (): {objects: number; bytes: number} => ({objects: 0, bytes: 0})
  return {
    config: none(),
    key: none(),
    'data-pack': none(),
    'tree-pack': none(),
    'unindexed-pack': none(),
    index: none(),
    snapshot: none(),
    other: none(),
  }
}
