/**
 * The two streams of the process. Everything that a command prints goes through here: what is shown is made safe for terminals by
 * whoever builds the line (`printable`); this file knows pipes that close and pipes that are slow.
 */
import {once} from 'node:events'
import {nextTurn} from '../util/concurrency.js'

export interface Output {
  /** Writes as it is and resolves when more may be written. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Writes one line at once, for callers in the middle of an operation's events. */
  line(text: string): void
}

/** An output onto `stream`; what is written after the reader has gone is dropped. */
export function streamOutput(stream: NodeJS.WritableStream): Output {
  return {
    async write(chunk) {
      if (!stream.writable || stream.write(chunk)) return
      const ended = new AbortController()
      const {signal} = ended
      await Promise.race([once(stream, 'drain', {signal}), once(stream, 'close', {signal})]).finally(() => ended.abort())
    },
    line(text) {
      if (stream.writable) stream.write(`${text}\n`)
    },
  }
}

export const standardOutput: Output = streamOutput(process.stdout)
export const standardError: Output = streamOutput(process.stderr)

let goesOnWithoutReader = false

/**
 * What happens when the reader of a pipe goes away (`pocket list | head -1`): a command that only shows things ends there
 * and then, with the exit code it has; nobody is left to be told anything.
 */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') return endOnFailedWrite(stream, error)
      if (!goesOnWithoutReader) process.exit(process.exitCode ?? 0)
    })
  }
}

/** What was to be shown is lost, so the command has failed; standard error may still be there to say so. */
function endOnFailedWrite(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): never {
  if (stream === process.stdout) process.stderr.write(`pocket: cannot write the output: ${error.code ?? error.message}\n`)
  process.exit(1)
}

/** Lets this command finish its work when the reader goes away: a snapshot is worth more than its report. */
export function goOnWithoutReader(): void {
  goesOnWithoutReader = true
}

/** Resolves when both streams have handed over all that was written, so that the process may be ended; a failed write ends it with 1. */
export async function flushOutput(): Promise<void> {
  // A file's error comes a turn after the write that met it.
  await nextTurn()
  await Promise.all([process.stdout, process.stderr].map((stream) => flushStream(stream)))
}

async function flushStream(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0 || !stream.writable) return
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve())
  })
}
