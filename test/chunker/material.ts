import {createHash} from 'node:crypto'
import {gearTable} from '../../src/chunker/gear.js'
import type {ChunkerParameters} from '../../src/chunker/parameters.js'

/** Small sizes, so that short contents have many chunks. */
export const SMALL: ChunkerParameters = {minSize: 64, averageSize: 256, maxSize: 1024, normalization: 2}

/** 32 bytes that depend on `seed` and `counter` only, on every machine. */
export function block(seed: string, counter: number): Uint8Array {
  return createHash('sha256').update(`${seed} ${counter}`).digest()
}

export function gearOf(seed: string): BigUint64Array {
  return gearTable((counter) => block(`gear ${seed}`, counter))
}

/** `lengthBytes` bytes that look random and are the same for the same `seed`. */
export function randomBytes(seed: string, lengthBytes: number): Buffer {
  const blocks = Array.from({length: Math.ceil(lengthBytes / 32)}, (_, counter) => block(`bytes ${seed}`, counter))
  return Buffer.concat(blocks).subarray(0, lengthBytes)
}

/** Text of few different words: repetitions, as in real files. */
export function repetitiveBytes(seed: string, lengthBytes: number): Buffer {
  const words = Array.from({length: 12}, (_, index) => `${block(seed, index)[0]} static int value_${index};\n`)
  const choices = randomBytes(`words ${seed}`, lengthBytes)
  let text = ''
  for (let index = 0; text.length < lengthBytes; index++) text += words[choices[index] % words.length]
  return Buffer.from(text, 'latin1').subarray(0, lengthBytes)
}
