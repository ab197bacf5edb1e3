/** What can happen to a body on its way through the proxy. */
import {Transform, type TransformCallback} from 'node:stream'

/** What has passed is to have arrived first: bytes and a reset that come at once look to some clients like an ordinary end. */
const AFTER_MS = 20

/**
 * Lets the first `limitBytes` pass and then calls `onLimit`, once; what follows is held back for ever, and so is the end of
 * a body that is no longer.
 */
export function passOnly(limitBytes: number, onLimit: () => void): Transform {
  let left = limitBytes
  let isOver = false
  const over = (): void => {
    if (isOver) return
    isOver = true
    setTimeout(onLimit, AFTER_MS)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const passed = chunk.subarray(0, left)
      left -= passed.length
      if (passed.length > 0) this.push(passed)
      if (left > 0) done()
      else over()
    },
    flush: over,
  })
}

/** Flips the lowest bit of the byte at `offset`. */
export function flipBitAt(offset: number): Transform {
  let position = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const index = offset - position
      position += chunk.length
      if (index < 0 || index >= chunk.length) return done(null, chunk)
      const flipped = Buffer.from(chunk)
      flipped[index] ^= 1
      return done(null, flipped)
    },
  })
}
