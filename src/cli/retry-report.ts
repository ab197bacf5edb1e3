/** What a person and a program are told when a server is asked again. */
import {monotonicMs} from '../util/clock.js'
import type {Retry} from '../operations/reach.js'
import {formatCounted, formatDuration} from './format-quantity.js'
import {jsonLine} from './json-output.js'
import type {Output} from './output.js'
import {printable} from './printable.js'

/** However short the pauses are, lines do not come faster. */
const SHORTEST_MS = 1000

export interface RetryReportOptions {
  output: Output
  json: boolean
  quiet: boolean
  /** Takes the progress off the terminal before something is written. */
  clear?: () => void
  now?: () => number
}

/**
 * A listener that says each attempt on a line of its own at the start, where they are counted. When many calls are tried again at the same time, it
 * says the first, and with the next line how many there were.
 */
export function retryReporter({output, json, quiet, clear, now = monotonicMs}: RetryReportOptions): (retry: Retry) => void {
  let silentUntilMs = Number.NEGATIVE_INFINITY
  let untold = 0
  let told = 0
  return (retry) => {
    if (quiet) return
    const isNextOfStart = retry.attempts !== undefined && retry.attempt > told
    if (now() < silentUntilMs && !isNextOfStart) {
      untold++
      return
    }
    told = retry.attempt
    clear?.()
    output.line(json ? retryJson(retry, untold) : retryLine(retry, untold))
    silentUntilMs = now() + Math.max(SHORTEST_MS, retry.delayMs)
    untold = 0
  }
}

function retryLine({error, attempt, attempts, delayMs}: Retry, untold: number): string {
  const others = untold === 0 ? '' : `; ${formatCounted(untold, 'other request')} meanwhile`
  return `pocket: ${printable(error.message)}; trying again in ${formatDuration(delayMs)} (attempt ${attempt + 1}${attempts === undefined ? '' : ` of ${attempts}`}${others})`
}

function retryJson({error, attempt, attempts, delayMs}: Retry, untold: number): string {
  const {code, message} = error
  return jsonLine('retry', {code, message, attempt: attempt + 1, attempts: attempts ?? null, delay_ms: Math.round(delayMs), untold})
}
