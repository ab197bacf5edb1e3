/** What the clients of a model keep: few pieces that come again and again, so that what was removed is soon needed once more. */
import {hash} from '../../src/crypto/blake3.js'
import type {Random} from './random.js'

/** Files by their path, `folder/name`, each a list of pieces. */
export type Content = ReadonlyMap<string, readonly number[]>

const PIECES = 48
const FOLDERS = 3
const NAMES = 4

/** The bytes of a piece: 100 to 1,700, which do not compress. */
export function pieceBytes(piece: number): Uint8Array {
  const length = 100 + ((piece * 389) % 1600)
  const bytes = new Uint8Array(length)
  for (let start = 0, block = 0; start < length; start += 32, block++) {
    bytes.set(hash(Buffer.from(`${piece}/${block}`)).subarray(0, length - start), start)
  }
  return bytes
}

export function changed(content: Content, random: Random): Content {
  const next = new Map(content)
  const changes = 1 + random.below(5)
  for (let change = 0; change < changes; change++) {
    const path = `${random.below(FOLDERS)}/${random.below(NAMES)}`
    if (random.isOneIn(4)) next.delete(path)
    else
      next.set(
        path,
        Array.from({length: 1 + random.below(4)}, () => random.below(PIECES)),
      )
  }
  return next
}
