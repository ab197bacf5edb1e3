import {freemem} from 'node:os'
import {PocketError} from '../src/errors.js'
import {runCommand} from './command.js'

const MOST_BYTES = 3 * 2 ** 30
const PIECE_BYTES = 2 ** 28

/** Throws `no-space` when programs can get less memory than `neededBytes`. */
export function requireMemory(neededBytes: number): void {
  const availableBytes = process.availableMemory()
  if (availableBytes >= neededBytes) return
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)
  throw new PocketError('no-space', `this workload needs ${gib(neededBytes)} GiB of memory, and there are ${gib(availableBytes)} GiB`)
}

/**
 * Fills free memory and gives it back. The host of a virtual machine may have taken free memory away, and giving it again takes 10 µs a
 * page: more than most of the work that is measured, and charged to whoever touches it first.
 */
export async function touchMemory(): Promise<void> {
  const pieces = Math.floor(Math.min(MOST_BYTES, freemem() / 4) / PIECE_BYTES)
  const script = `const kept = []; for (let piece = 0; piece < ${pieces}; piece++) kept.push(Buffer.alloc(${PIECE_BYTES}, 1))`
  await runCommand({program: process.execPath, arguments: ['--eval', script]})
}
