import {type ErrorCode, PocketError} from '../errors.js'
import {type Plain, wholeNumber} from './msgpack.js'

/** Sums over everything at and below some entries: docs/repository-format.md, "Totals". */
export interface Totals {
  files: number
  directories: number
  links: number
  /** Pipes, sockets, devices. */
  others: number
  /** Content of the files. */
  bytes: number
  /** Entries that could not be read, wholly or in part. */
  unreadable: number
}

export const NO_TOTALS: Readonly<Totals> = Object.freeze({
  files: 0,
  directories: 0,
  links: 0,
  others: 0,
  bytes: 0,
  unreadable: 0,
})

/** The sums of `a` and `b`. */
export function addTotals(a: Readonly<Totals>, b: Readonly<Totals>): Totals {
  return {
    files: a.files + b.files,
    directories: a.directories + b.directories,
    links: a.links + b.links,
    others: a.others + b.others,
    bytes: a.bytes + b.bytes,
    unreadable: a.unreadable + b.unreadable,
  }
}

export function encodeTotals({files, directories, links, others, bytes, unreadable}: Readonly<Totals>): Plain[] {
  return [files, directories, links, others, bytes, unreadable].map(wholeNumber)
}

/** Throws `code` unless `values` are six whole numbers of 0 to 2^53 - 1; later versions may add more after them. */
export function decodeTotals(values: Plain[], code: ErrorCode): Totals {
  const numbers = values.map((value) => (typeof value === 'bigint' ? Number(value) : value))
  const isNumber = (value: Plain): value is number => Number.isSafeInteger(value) && (value as number) >= 0
  if (numbers.length < 6 || !numbers.every(isNumber)) throw new PocketError(code, 'cannot decode the record: its totals are damaged')
  const [files, directories, links, others, bytes, unreadable] = numbers
  return {files, directories, links, others, bytes, unreadable}
}
