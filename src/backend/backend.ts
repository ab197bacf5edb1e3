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
  /** When it was last written, in ms since 1970, where the backend knows. */
  modifiedMs?: number
}

/** `length` bytes from `start`, or the last `suffix` bytes (the whole object when it is shorter). */
export type ByteRange = {start: number; length: number} | {suffix: number}

export interface PutOptions {
  /** Throws `object-exists`, and leaves the object as it is, when one of this name is there. */
  ifAbsent?: boolean
  /** Only restores read it: it may go where keeping is cheaper and reading dearer. */
  isCold?: boolean
  /** It is removed soon: it is not protected, where the backend protects what it is given. */
  isTransient?: boolean
}

/** Takes the bytes of a range in order, as they come. */
export interface RangeSink {
  /** How many it has been given. A call with the same sink goes on behind them: what broke off is not asked for again from the start. */
  readonly receivedBytes: number
  /** `bytes` are the giver's, and of the giver's memory. Must not throw. */
  write(bytes: Uint8Array): void
}

export interface GetOptions {
  range?: ByteRange
  /** Given the bytes of a range with a start by backends over a network, and the promise then none; others leave it alone. */
  sink?: RangeSink
  /** Little else of the object will be asked for: a cache keeps this range alone, rather than all of the object. */
  isSparse?: boolean
  /** Not from a local copy: what came before was damaged. Copies that are not the object, or cannot be told to be, are dropped. */
  isFresh?: boolean
}

/** How a backend is best asked: what of it is dear, and what it bears. */
export interface Access {
  /** Calls under way at a time that make good use of it. */
  parallelCalls: number
  /** Unwanted bytes between two wanted ranges of an object that are rather read than asked around. */
  gapBytes: number
  /** Packs that are under way while workers fill others: the slower an answer, the more; each takes memory. */
  parallelPuts: number
  /** The most bytes to ask for at once. */
  rangeBytes: number
  /** Bytes of a pack in a new repository: the more a call costs, the larger. */
  packBytes: number
  /** Whether listing all objects costs time and money with each: then it is done seldom. */
  isListingDear: boolean
  /** Whether reading bytes a second time costs about what it cost the first time: then they are rather kept. */
  isReadingDear: boolean
}

/** A disk: a call costs microseconds. */
export const LOCAL_ACCESS: Access = {
  parallelCalls: 8,
  parallelPuts: 1,
  gapBytes: 64 * 1024,
  rangeBytes: 2 * 1024 * 1024,
  packBytes: 8 * 1024 * 1024,
  isListingDear: false,
  isReadingDear: false,
}

/** Requests that a server was sent, repeated ones too, by what they are priced as; bytes of bodies sent and received. */
export interface Traffic {
  /** PUT and POST. */
  put: number
  /** GET and HEAD. */
  get: number
  list: number
  remove: number
  bytesUp: number
  bytesDown: number
  /** How many of the requests were made again, after an error. */
  repeated: number
}

/** Protects objects from everybody until a time, the backend's owner included. */
export interface Retention {
  /** For how many days what is put is protected. */
  readonly days: number
  /** In ms since 1970, by the clock of whoever keeps the objects as far as it is known. */
  now(): number
  /** Until when the object is protected, in ms since 1970; undefined when it is not. Throws `object-missing`. */
  until(name: string): Promise<number | undefined>
  /** Protects the object until then, or leaves it as it is when it is protected for longer. Throws `object-missing`, and `io-failed` when the server does not say so afterwards. */
  extend(name: string, untilMs: number): Promise<void>
}

/** What a server does with `ifAbsent`: keeps to it, refuses it as unknown, or takes the object all the same and says nothing. */
export type ConditionalSupport = 'supported' | 'refused' | 'ignored'

/** Of servers of which it is not known beforehand. Without the server's help `ifAbsent` holds, but not against another at the same instant. */
export interface ConditionalCreate {
  /** Finds out with two small objects, which are removed, and remembers. */
  probe(): Promise<ConditionalSupport>
  /** Spares the probe, with what an earlier one found. */
  assume(support: ConditionalSupport): void
}

export interface Backend {
  /** Where this is, for messages: a path or a URL without secrets. */
  readonly location: string

  readonly access: Access

  /** URL of the server, of backends that are asked over a network. */
  readonly endpoint?: string

  /** Of backends that are asked over a network; counts on. */
  readonly traffic?: Readonly<Traffic>

  /** Of backends that were opened to protect what they are given. */
  readonly retention?: Retention

  readonly conditionalCreate?: ConditionalCreate

  /** Where calls may be held back: resolves when they are not. Whoever works for long between calls waits for it, too. */
  paused?(): Promise<void>

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
