/**
 * Sealing of objects: docs/repository-format.md, "Objects" and "Keys".
 *
 * Each object has a key of its own, derived from the repository's sealing key and the random salt in the object's head; each piece of
 * it (a frame, a directory, a record) is sealed under that key with its counter as nonce, so no nonce repeats, and bound to the head,
 * the repository and the counter.
 */
import {createHasher} from '../crypto/blake3.js'
import {open, sealParts} from '../crypto/seal.js'
import {PocketError} from '../errors.js'
import {decodeHead, encodeHead, type Kind, SALT_BYTES, SUITE, type Suite} from '../format/head.js'
import {concatBytes} from '../util/bytes.js'
import {randomBytes} from '../util/random-bytes.js'

/** What is needed to seal and open objects of one repository; plain data, so that it can be handed to a worker. */
export interface SealingContext {
  suite: Suite
  sealingKey: Uint8Array
  repositoryId: Uint8Array
}

/** The counter of a pack's directory; frames count from 0. */
export const DIRECTORY_PIECE = 0xffff_ffff

/** Seals and opens the pieces of one object. */
export interface ObjectSeal {
  readonly head: Uint8Array
  /** The sealed piece, in parts that follow each other. */
  seal(counter: number, plain: Uint8Array): Uint8Array[]
  /** Throws `authentication-failed` when a bit of the piece, its head, its place or its repository is not as it was sealed. */
  open(counter: number, sealed: Uint8Array): Uint8Array
}

/** The number of bytes that sealing adds to each piece. */
export function sealOverhead({suite}: SealingContext): number {
  return suite === SUITE.aes256Gcm ? 16 : 0
}

/** A new object's seal, with a salt of its own. No two objects are ever the same bytes: a name that was removed does not come back. */
export function createSeal(context: SealingContext, kind: Kind): ObjectSeal {
  return sealOf(context, encodeHead({kind, suite: context.suite, salt: randomBytes(SALT_BYTES)}))
}

/**
 * The seal of a stored object that begins with `head`.
 * Throws `authentication-failed` when the head names another kind than `kind`, or a weaker suite than the repository's.
 */
export function openSeal(context: SealingContext, head: Uint8Array, kind: Kind): ObjectSeal {
  const decoded = decodeHead(head)
  if (decoded.kind !== kind) throw new PocketError('authentication-failed', 'the object is of another kind than its place says')
  if (decoded.suite !== context.suite) {
    throw new PocketError('authentication-failed', 'the object is not sealed as its repository is')
  }
  return sealOf(context, head)
}

function sealOf(context: SealingContext, head: Uint8Array): ObjectSeal {
  if (context.suite === SUITE.none) return {head, seal: (_counter, plain) => [plain], open: (_counter, stored) => stored}
  const key = createHasher(context.sealingKey).update(head).digest()
  const associated = concatBytes([head, context.repositoryId, new Uint8Array(4)])
  const view = new DataView(associated.buffer, associated.length - 4)
  const bind = (counter: number): Uint8Array => {
    view.setUint32(0, counter, true)
    return associated
  }
  return {
    head,
    seal: (counter, plain) => sealParts(key, counter, bind(counter), plain),
    open: (counter, sealed) => open(key, counter, bind(counter), sealed),
  }
}
