/** Bytes that a seed decides: the same for the same seed, and nothing that compresses. */
import {createCipheriv} from 'node:crypto'
import {rmSync, writeFileSync} from 'node:fs'

const IV = Buffer.alloc(16)
const WORDS = ['snapshot', 'of', 'the', 'folder', 'and', 'what', 'lies', 'in', 'it', 'chunks', 'frames', 'packs', 'restore', 'again']

export function randomContent(seed: number, sizeBytes: number): Buffer {
  const key = Buffer.alloc(16)
  key.writeUInt32LE(seed >>> 0)
  return createCipheriv('aes-128-ctr', key, IV).update(Buffer.alloc(sizeBytes))
}

/** Lines of words: compresses well, and no stretch of it comes again. */
export function textContent(seed: number, sizeBytes: number): Buffer {
  const choices = randomContent(seed, Math.ceil(sizeBytes / 4))
  let text = ''
  for (const choice of choices) text += WORDS[choice % WORDS.length] + (choice > 240 ? '\n' : ' ')
  return Buffer.from(text.padEnd(sizeBytes, 'x')).subarray(0, sizeBytes)
}

/** Puts other bytes in the place of a file that may not be written, as objects of a repository may not. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  rmSync(path, {force: true})
  writeFileSync(path, bytes)
}

export function writeRandom(path: string, seed: number, sizeBytes: number): void {
  writeFileSync(path, randomContent(seed, sizeBytes))
}
