/** What `--read-data-subset` names. */
import {PocketError} from '../errors.js'
import type {DataSubset} from '../operations/check-repository.js'
import {parseSize} from './parse-size.js'

/** `5%`, `1G` or `2/7`. Throws `usage`. */
export function parseDataSubset(text: string, from: string): DataSubset {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent) {
    const value = Number(percent[1])
    if (value > 0 && value <= 100) return {type: 'percent', percent: value}
    throw refused(text, from)
  }
  const parts = /^(\d+)\/(\d+)$/.exec(text)
  if (!parts) return {type: 'bytes', bytes: parseSize(text, from)}
  const [part, of] = [Number(parts[1]), Number(parts[2])]
  if (part >= 1 && part <= of) return {type: 'part', part, of}
  throw refused(text, from)
}

function refused(text: string, from: string): PocketError {
  return new PocketError('usage', `'${text}' is no part of the data, in ${from}`, {
    hint: "write a part of all as '5%', a size as '1G', or the second of seven parts as '2/7'",
  })
}
