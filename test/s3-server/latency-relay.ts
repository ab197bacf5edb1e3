/** Passes bytes on between a client and a server some time later, and knows nothing of what they mean: it costs little. */
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'

export interface LatencyRelay {
  /** As the target's address, with this relay's port. */
  endpoint: string
  close(): Promise<void>
}

/** How much may be under way in one direction; at 50 ms it takes 2.5 GB/s to fill it. */
const WINDOW_BYTES = 64 * 2 ** 20

/**
 * A relay to `target` with a round trip of `latencyMs`: bytes arrive half of that later, in each direction. A new
 * connection takes one round trip more, as TCP does. Throughput is not limited.
 */
export async function startLatencyRelay(target: URL, latencyMs: number): Promise<LatencyRelay> {
  const sockets = new Set<Socket>()
  const server = createServer({noDelay: true, allowHalfOpen: true}, (client) => {
    const upstream = connect({host: target.hostname, port: Number(target.port), noDelay: true, allowHalfOpen: true})
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // Each end is told by the 'close' of the other.
      socket.on('error', () => undefined)
    }
    passLater(client, upstream, latencyMs / 2, latencyMs)
    passLater(upstream, client, latencyMs / 2, 0)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    endpoint: `${target.protocol}//127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

interface Batch {
  dueMs: number
  chunks: Buffer[]
}

/** Writes what `from` says to `to`, `delayMs` later, the first bytes `extraMs` later still. Ends and resets are passed on. */
function passLater(from: Socket, to: Socket, delayMs: number, extraMs: number): void {
  const batches: Batch[] = []
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined
  const firstDueMs = performance.now() + delayMs + extraMs
  const schedule = (): void => {
    const next = batches[0]
    if (timer === undefined && next !== undefined) timer = setTimeout(flush, Math.max(0, next.dueMs - performance.now()))
  }
  const flush = (): void => {
    timer = undefined
    const nowMs = performance.now() + 0.5
    to.cork()
    while (batches.length > 0 && batches[0].dueMs <= nowMs) {
      for (const chunk of (batches.shift() as Batch).chunks) {
        waitingBytes -= chunk.length
        if (chunk.length === 0) to.end()
        else to.write(chunk)
      }
    }
    to.uncork()
    resume()
    schedule()
  }
  const resume = (): void => {
    if (from.isPaused() && waitingBytes + to.writableLength < WINDOW_BYTES) from.resume()
  }
  const later = (chunk: Buffer): void => {
    const dueMs = Math.max(firstDueMs, performance.now() + delayMs)
    const last = batches.at(-1)
    // What comes within one tick of the timer goes on together.
    if (last !== undefined && dueMs - last.dueMs < 1) last.chunks.push(chunk)
    else batches.push({dueMs, chunks: [chunk]})
    waitingBytes += chunk.length
    if (waitingBytes + to.writableLength >= WINDOW_BYTES) from.pause()
    schedule()
  }
  from.on('data', later)
  // An empty chunk stands for the end.
  from.on('end', () => later(Buffer.alloc(0)))
  from.on('error', () => to.resetAndDestroy())
  from.on('close', () => {
    if (!from.readableEnded) to.destroy()
  })
  to.on('drain', resume)
}
