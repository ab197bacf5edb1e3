/**
 * Progress on a terminal: at most two lines that are drawn over, on stderr. The cursor is never hidden, so that nothing has to be put
 * right when the process is killed.
 */
import {monotonicMs} from '../util/clock.js'
import {isPaused} from './pausing.js'
import {shortenEnd, shortenMiddle} from './text-width.js'

const REDRAW_MS = 100
const UP_ONE_LINE = '\u001b[1A'
const CLEAR_BELOW = '\u001b[J'

/** What the display needs of a terminal: `process.stderr`, or a stand-in of a test. */
export interface DisplayStream {
  columns?: number
  write(text: string): unknown
}

export class ProgressDisplay {
  readonly #stream: DisplayStream
  readonly #now: () => number
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #isDrawn = false

  constructor(stream: DisplayStream, now: () => number = monotonicMs) {
    this.#stream = stream
    this.#now = now
  }

  /** Shows `status` and below it `path`, both cut to the terminal's width; not more often than ten times a second. */
  show(status: string, path: string): void {
    const now = this.#now()
    if (now - this.#drawnAtMs < REDRAW_MS) return
    this.#drawnAtMs = now
    const columns = Math.max(10, (this.#stream.columns ?? 80) - 1)
    const clear = this.#isDrawn ? `${UP_ONE_LINE}\r${CLEAR_BELOW}` : ''
    const shown = isPaused() ? `paused  ${status}` : status
    this.#stream.write(`${clear}${shortenEnd(shown, columns)}\n${shortenMiddle(path, columns)}`)
    this.#isDrawn = true
  }

  /** Takes the lines off the screen, so that something else can be written; the next `show` draws at once. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write(`${UP_ONE_LINE}\r${CLEAR_BELOW}`)
    this.#isDrawn = false
    this.#drawnAtMs = Number.NEGATIVE_INFINITY
  }
}

/** The display of this process, or undefined when stderr is no terminal that can be drawn on, or nothing shall be drawn. */
export function terminalDisplay({json, quiet}: {json: boolean; quiet: boolean}): ProgressDisplay | undefined {
  if (json || quiet || !process.stderr.isTTY || process.env.TERM === 'dumb') return undefined
  return new ProgressDisplay(process.stderr)
}
