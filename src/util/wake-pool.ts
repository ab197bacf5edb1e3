/**
 * Keeps the threads of libuv's pool awake. glibc before 2.41, so that of Debian 12 and Ubuntu 24.04, may lose a wakeup of a condition
 * variable (https://sourceware.org/bugzilla/show_bug.cgi?id=25847): then all threads sleep while a call to the file system waits for one,
 * and the process waits for ever, unless another call wakes a thread. docs/decisions/0010-lost-wakeups.md.
 */
import {randomFill} from 'node:crypto'

const EVERY_MS = 1000

let timer: NodeJS.Timeout | undefined

/** Gives the pool something small to do, every so often, for as long as the process runs. It does not keep the process from ending. */
export function keepPoolAwake(everyMs = EVERY_MS): void {
  if (timer) return
  const byte = new Uint8Array(1)
  timer = setInterval(() => randomFill(byte, ignore), everyMs)
  timer.unref()
}

/** What is random does not matter, nor whether there is any. */
function ignore(): void {}
