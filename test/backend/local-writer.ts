/**
 * A program for local-processes.test.ts: writes to the local backend at argv[3] until it is killed, or as told.
 *   forever   puts objects of one repeated byte, each twice (the second time the longer), and says when it has begun
 *   race      puts `config` with ifAbsent and says `won` or the code of the error
 *   put       becomes the user argv[4], puts one object and says `done` or the code of the error
 */
import {openLocalBackend} from '../../src/backend/local.js'
import {isPocketError} from '../../src/errors.js'

const [, , task, root, argument] = process.argv
const backend = openLocalBackend(root)

/** Long enough that a kill often falls into the middle of a write. */
const SHORT = 1_000_000
const LONG = 1_500_000

async function writeForever(): Promise<void> {
  for (let index = 0; ; index += 1) {
    const byte = index % 251
    await backend.put(`chunks/${argument}/${index % 7}`, new Uint8Array(SHORT).fill(byte))
    await backend.put(`chunks/${argument}/${index % 7}`, new Uint8Array(LONG).fill(byte))
    if (index === 0) process.stdout.write('begun\n')
  }
}

async function tell(put: Promise<void>, success: string): Promise<void> {
  try {
    await put
    process.stdout.write(`${success}\n`)
  } catch (error) {
    if (!isPocketError(error)) throw error
    process.stdout.write(`${error.code}\n`)
  }
}

if (task === 'forever') await writeForever()
if (task === 'race') await tell(backend.put('config', Buffer.from(argument), {ifAbsent: true}), 'won')
if (task === 'put') {
  process.setgid?.(Number(argument))
  process.setuid?.(Number(argument))
  await tell(backend.put('chunks/3f/a', new Uint8Array(10)), 'done')
}
