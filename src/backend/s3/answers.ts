/** Whether an answer is one to what was asked: servers pass ranges over, and what lies between may answer in their place. */
import {PocketError} from '../../errors.js'
import type {ByteRange} from '../backend.js'

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
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(contentRange) ?? []
  const length = Number(last) - Number(first) + 1
  const isAsked = 'suffix' in range ? body.length <= range.suffix : Number(first) === range.start && body.length <= range.length
  if (length === body.length && isAsked) return body
  throw new PocketError('io-failed', `${what}: the server answered with other bytes than were asked for`, {
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
