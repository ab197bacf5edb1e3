import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {SeededBytes} from './seed.js'

const LEAST_BYTES = 1 << 20
const MOST_BYTES = 256 << 20
const PIECE_BYTES = 1 << 20

/** Files of 1 to 256 MiB of random bytes, `totalBytes` together, in folders of eight. */
export function writeRandomFiles(folder: string, seed: string, totalBytes: number): void {
  const source = new SeededBytes(seed)
  let left = totalBytes
  for (let number = 0; left > 0; number++) {
    const sizeBytes = Math.min(left, source.scaled(LEAST_BYTES, MOST_BYTES))
    writeRandomFile(join(folder, `folder-${number >> 3}`, `file-${number}.bin`), source, sizeBytes)
    left -= sizeBytes
  }
}

function writeRandomFile(path: string, source: SeededBytes, sizeBytes: number): void {
  mkdirSync(dirname(path), {recursive: true})
  const descriptor = openSync(path, 'w')
  try {
    for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) writeSync(descriptor, source.take(Math.min(left, PIECE_BYTES)))
  } finally {
    closeSync(descriptor)
  }
}
