/**
 * A backend keeps objects: bytes under names. It knows nothing of what they mean.
 *
 * Names are relative paths of lower-case letters, digits, `-`, `.` and `/` (`chunks/3f/3fa9…`).
 * Every implementation and every wrapper is held to the promises below by test/backend/conformance.ts.
 */

export interface ObjectStat {
  sizeBytes: number
}

export interface ListedObject extends ObjectStat {
  name: string
}

/** `length` bytes from `start`, or the last `suffix` bytes (the whole object when it is shorter). */
export type ByteRange = {start: number; length: number} | {suffix: number}

export interface PutOptions {
  /** Throws `object-exists`, and leaves the object as it is, when one of this name is there. */
  ifAbsent?: boolean
}

export interface GetOptions {
  range?: ByteRange
}

export interface Backend {
  /** Where this is, for messages: a path or a URL without secrets. */
  readonly location: string

  /**
   * Keeps `bytes` (parts are joined) under `name`, replacing what was there.
   * Atomic: nobody ever sees a part of the object. Durable: when the promise resolves it survives a power loss.
   * Read-after-write: any `get`, `stat` or `list` begun after that, by anyone, sees it.
   * Throws `no-space`, `read-only`, `permission-denied`, `io-failed`.
   */
  put(name: string, bytes: Uint8Array | readonly Uint8Array[], options?: PutOptions): Promise<void>

  /**
   * The object's bytes, or the range of them; the caller owns the array. A range that reaches past the end is an
   * `io-failed` error, never a short answer. Throws `object-missing`.
   */
  get(name: string, options?: GetOptions): Promise<Uint8Array>

  /** Undefined when there is no such object. */
  stat(name: string): Promise<ObjectStat | undefined>

  /** Every object whose name starts with `prefix` (a folder ending in `/`, or empty for all), in no promised order. */
  list(prefix: string): AsyncIterable<ListedObject>

  /** Removes the object; no error when there is none. Durable when the promise resolves. */
  remove(name: string): Promise<void>

  /** Frees what the backend holds. Calls after this are a mistake of the caller. */
  close(): Promise<void>
}
