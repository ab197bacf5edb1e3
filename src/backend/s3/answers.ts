/** Whether an answer is one to what was asked: servers pass ranges over, and what lies between may answer in their place. */
import {PocketError} from '../../errors.js'
import type {ByteRange, RangeSink} from '../backend.js'
import type {Span} from '../range.js'

/** A range of at least a byte. */
export type HttpRange = ByteRange

/** As the header `Range` has it. */
export function httpRange(range: HttpRange): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.start + range.length - 1}`
}

/**
 * The bytes of `range` out of the answer's body, fewer when the object ends before. `contentRange` is the answer's header, which is absent
 * when the server gave the whole object. Throws retryable `io-failed` when the answer is to another question.
 */
export function partOf(body: Uint8Array, range: HttpRange, contentRange: string | undefined, what: string): Uint8Array {
  if (contentRange === undefined) {
    return 'suffix' in range
      ? body.subarray(Math.max(0, body.length - range.suffix))
      : body.subarray(range.start, range.start + range.length)
  }
  const answered = spanIn(contentRange)
  const isAsked = 'suffix' in range ? body.length <= range.suffix : answered.start === range.start && body.length <= range.length
  if (answered.length === body.length && isAsked) return body
  throw otherBytes(what)
}

/** Gives the body of an answer to `range` on to `sink`, as it comes. */
export class RangePour {
  readonly #range: Span
  readonly #sink: RangeSink
  readonly #what: string
  #isPouring = false
  #poured = 0

  /** `what`: begins the message of an error. */
  constructor(range: Span, sink: RangeSink, what: string) {
    this.#range = range
    this.#sink = sink
    this.#what = what
  }

  /** What takes the body's pieces, when the headers of the answer are those of just this range; else the body must be looked at as a whole. */
  readonly begin = (headers: Record<string, string>): ((piece: Uint8Array) => void) | undefined => {
    const {start, length} = spanIn(headers['content-range'] ?? '')
    if (start !== this.#range.start || length !== this.#range.length) return undefined
    this.#isPouring = true
    return (piece) => {
      this.#poured += piece.length
      if (this.#poured > length) throw otherBytes(this.#what)
      this.#sink.write(piece)
    }
  }

  /** Whether the sink was given the range; else the body went the usual way. Throws retryable `io-failed` when the body was too short. */
  get isDone(): boolean {
    if (this.#isPouring && this.#poured !== this.#range.length) throw otherBytes(this.#what)
    return this.#isPouring
  }
}

/** Of the header `Content-Range`; of NaN when there is none. */
function spanIn(contentRange: string): Span {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(contentRange) ?? []
  return {start: Number(first), length: Number(last) - Number(first) + 1}
}

function otherBytes(what: string): PocketError {
  return new PocketError('io-failed', `${what}: the server answered with other bytes than were asked for`, {
    retryable: true,
    hint: 'try again',
  })
}

interface Page {
  Name?: string
  KeyCount?: number
  IsTruncated?: boolean
  NextContinuationToken?: string
}

/** `page`, when it is a page of a list that can be gone on from. Throws `io-failed`, retryable when something else may have answered. */
export function checkPage<Listed extends Page>(page: Listed, location: string): Listed {
  if (page.Name === undefined && page.KeyCount === undefined && page.IsTruncated === undefined) {
    throw new PocketError('io-failed', `cannot list '${location}': the answer is no list`, {retryable: true, hint: 'check --endpoint'})
  }
  if (page.IsTruncated && page.NextContinuationToken === undefined) {
    throw new PocketError('io-failed', `cannot list '${location}': the server breaks off its list and does not say how to go on`, {
      hint: 'it must know ListObjectsV2',
    })
  }
  return page
}
