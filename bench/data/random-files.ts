import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {SeededBytes} from './seed.js'

const LEAST_BYTES = 1 << 20
const MOST_BYTES = 256 << 20
const PIECE_BYTES = 1 << 20

export interface SizeRange {
  leastBytes: number
  mostBytes: number
}

/** Files of 1 to 256 MiB, unless told otherwise, of random bytes, `totalBytes` together, in folders of eight. */
export function writeRandomFiles(
  folder: string,
  seed: string,
  totalBytes: number,
  {leastBytes, mostBytes}: SizeRange = {leastBytes: LEAST_BYTES, mostBytes: MOST_BYTES},
): void {
  const source = new SeededBytes(seed)
  let left = totalBytes
  for (let number = 0; left > 0; number++) {
    const sizeBytes = Math.min(left, source.scaled(leastBytes, mostBytes))
    writeRandomFile(join(folder, `folder-${number >> 3}`, `file-${number}.bin`), source, sizeBytes)
    left -= sizeBytes
  }
}

/** One file of the next `sizeBytes` of `source`; its folder is made. */
export function writeRandomFile(path: string, source: SeededBytes, sizeBytes: number): void {
  mkdirSync(dirname(path), {recursive: true})
  const descriptor = openSync(path, 'w')
  try {
    for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) writeSync(descriptor, source.take(Math.min(left, PIECE_BYTES)))
  } finally {
    closeSync(descriptor)
  }
}
