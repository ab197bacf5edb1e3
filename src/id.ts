import {PocketError} from './errors.js'

/** The name of an object: BLAKE3-256 of its stored bytes in lower-case hex, 64 characters. */
export type ObjectId = string & {readonly objectId: unique symbol}

const PATTERN = /^[0-9a-f]{64}$/

export function isObjectId(text: string): text is ObjectId {
  return PATTERN.test(text)
}

/** Throws `usage` when `text` is not 64 lower-case hexadecimal digits. */
export function parseObjectId(text: string): ObjectId {
  if (isObjectId(text)) return text
  throw new PocketError('usage', `'${text}' is not an object id`, {hint: 'an id is 64 hexadecimal digits'})
}

/** The first eight digits, as shown to people. */
export function shortId(id: ObjectId): string {
  return id.slice(0, 8)
}
