/** The end of a run, short enough for the room that was kept for it. */
import type {RunEnd, RunError} from './run-record.js'

const LENGTHS = [600, 300, 150, 60, 0]

/** `end` in at most `bytes` bytes of JSON: what is said in words is cut, what is counted stays. */
export function cutEnd(end: RunEnd, bytes: number): RunEnd {
  for (const length of LENGTHS) {
    const cut = end.error === undefined ? end : {...end, error: cutError(end.error, length)}
    if (Buffer.byteLength(JSON.stringify(cut)) <= bytes) return cut
  }
  return {...end, steps: [], error: end.error && {code: end.error.code, message: ''}}
}

function cutError({code, message, hint}: RunError, length: number): RunError {
  return {code, message: cutText(message, length), ...(hint !== undefined && length > 60 && {hint: cutText(hint, length)})}
}

function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
