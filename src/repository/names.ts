/** Where objects lie in a repository: docs/repository-format.md, "Names". */
import {isObjectId, type ObjectId} from '../id.js'

export const CONFIG_NAME = 'config'
export const KEYS_PREFIX = 'keys/'
export const CHUNKS_PREFIX = 'chunks/'
export const INDEX_PREFIX = 'index/'
export const SNAPSHOTS_PREFIX = 'snapshots/'
export const FORGOTTEN_PREFIX = 'forgotten/'
export const REMOVALS_PREFIX = 'removals/'

export function packName(id: ObjectId): string {
  return `${CHUNKS_PREFIX}${id.slice(0, 2)}/${id}`
}

export function indexName(id: ObjectId): string {
  return INDEX_PREFIX + id
}

export function snapshotName(id: ObjectId): string {
  return SNAPSHOTS_PREFIX + id
}

export function forgottenName(id: ObjectId): string {
  return FORGOTTEN_PREFIX + id
}

export function removalName(id: ObjectId): string {
  return REMOVALS_PREFIX + id
}

export function keyName(id: ObjectId): string {
  return KEYS_PREFIX + id
}

/** The id in an object's name, or undefined when the name is not one that Pocket gives. */
export function idInName(name: string): ObjectId | undefined {
  const id = name.slice(name.lastIndexOf('/') + 1)
  return isObjectId(id) ? id : undefined
}
