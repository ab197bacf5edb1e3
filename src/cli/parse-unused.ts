/** What `--max-unused` lets stay. */
import {PocketError} from '../errors.js'
import type {PruneOptions} from '../operations/prune-repository.js'
import {parseSize} from './parse-size.js'

/** `5%` of what is stored afterwards, `1G`, or `unlimited`. Throws `usage`. */
export function parseUnused(text: string, from: string): NonNullable<PruneOptions['maxUnused']> {
  if (text === 'unlimited') return {type: 'percent', percent: 100}
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent === null) return {type: 'bytes', bytes: parseSize(text, from)}
  if (Number(percent[1]) <= 100) return {type: 'percent', percent: Number(percent[1])}
  throw new PocketError('usage', `'${text}' is more than all, in ${from}`, {hint: "write '5%', '1G' or 'unlimited'"})
}
