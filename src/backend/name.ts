import {PocketError} from '../errors.js'

/** No segment starts with a dot, so `..` cannot be said and dot-files beside the objects are the backend's own. */
const NAME = /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/

/** Room for every scheme of names in use and below the limit of every file system and object store. */
const MAXIMUM_NAME_LENGTH = 200

/** Whether `name` may be the name of an object, see `Backend`. */
export function isObjectName(name: string): boolean {
  return name.length <= MAXIMUM_NAME_LENGTH && NAME.test(name)
}

/** Throws `usage` when `name` may not be the name of an object. */
export function checkObjectName(name: string): void {
  if (isObjectName(name)) return
  throw new PocketError('usage', `'${name}' is not the name of an object`, {
    hint: 'names are relative paths of lower-case letters, digits, "-", "." and "/"',
  })
}

/** Throws `usage` when `prefix` is neither empty nor a folder that ends in `/`. */
export function checkPrefix(prefix: string): void {
  if (prefix === '' || (prefix.endsWith('/') && isObjectName(prefix.slice(0, -1)))) return
  throw new PocketError('usage', `'${prefix}' is not a folder of objects`, {
    hint: 'a prefix is empty or a folder that ends in "/"',
  })
}
