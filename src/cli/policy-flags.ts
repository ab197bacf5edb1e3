/** The flags that say what `pocket forget` is to keep. */
import {string} from '@oclif/core/flags'
import {PocketError} from '../errors.js'
import type {Count, Grouping, RetentionPolicy} from '../operations/plan-forget.js'
import {parseDuration} from './parse-duration.js'
import {parseSize} from './parse-size.js'

const POLICY = {helpGroup: 'POLICY'}
const REPEATED = {multiple: true, multipleNonGreedy: true} as const

const count = (description: string) => string({...POLICY, description, helpValue: 'COUNT'})
const span = (description: string) => string({...POLICY, description, helpValue: 'TIME'})

export const policyFlags = {
  'keep-last': count("keep the newest so many, or 'all'"),
  'keep-minutely': count('keep the newest of each of so many minutes'),
  'keep-hourly': count('keep the newest of each of so many hours'),
  'keep-daily': count('keep the newest of each of so many days'),
  'keep-weekly': count('keep the newest of each of so many weeks, which begin on Monday'),
  'keep-monthly': count('keep the newest of each of so many months'),
  'keep-quarterly': count('keep the newest of each of so many quarters'),
  'keep-yearly': count('keep the newest of each of so many years'),
  'keep-within': span('keep all that are newer than the newest less this, such as 1y6m, 2w or 3d12h'),
  'keep-within-minutely': span('of all within this time, keep the newest of each minute'),
  'keep-within-hourly': span('of all within this time, keep the newest of each hour'),
  'keep-within-daily': span('of all within this time, keep the newest of each day'),
  'keep-within-weekly': span('of all within this time, keep the newest of each week'),
  'keep-within-monthly': span('of all within this time, keep the newest of each month'),
  'keep-within-quarterly': span('of all within this time, keep the newest of each quarter'),
  'keep-within-yearly': span('of all within this time, keep the newest of each year'),
  'keep-tag': string({
    ...POLICY,
    ...REPEATED,
    description: "keep those with this tag ('a,b': with both); may be repeated",
    helpValue: 'TAG',
  }),
  'keep-id': string({...POLICY, ...REPEATED, description: 'keep this one; may be repeated', helpValue: 'ID'}),
  'keep-size': string({
    ...POLICY,
    description: 'of all that are looked at, keep the newest, as long as all that is kept takes no more than this, such as 500GiB',
    helpValue: 'SIZE',
  }),
}

export type PolicyFlags = {[Name in Exclude<keyof typeof policyFlags, 'keep-tag' | 'keep-id'>]?: string} & {
  'keep-tag'?: string[]
  'keep-id'?: string[]
}

export interface ParsedPolicy {
  policy: RetentionPolicy
  keepBytes?: number
}

/** Undefined when none of them was given. `fromOf` names the place of one in messages. Throws `usage` for values that cannot be. */
export function policyOf(flags: PolicyFlags, fromOf: (name: string) => string = (name) => `--${name}`): ParsedPolicy | undefined {
  const names = Object.keys(policyFlags) as (keyof PolicyFlags)[]
  if (names.every((name) => flags[name] === undefined)) return undefined
  const countOf = (name: CountName): Count | undefined => parseCount(flags[name], fromOf(name))
  const spanOf = (name: SpanName): RetentionPolicy['within'] => {
    const text = flags[name]
    return text === undefined ? undefined : parseDuration(text, fromOf(name))
  }
  const size = flags['keep-size']
  return {
    policy: {
      last: countOf('keep-last'),
      minutely: countOf('keep-minutely'),
      hourly: countOf('keep-hourly'),
      daily: countOf('keep-daily'),
      weekly: countOf('keep-weekly'),
      monthly: countOf('keep-monthly'),
      quarterly: countOf('keep-quarterly'),
      yearly: countOf('keep-yearly'),
      within: spanOf('keep-within'),
      withinMinutely: spanOf('keep-within-minutely'),
      withinHourly: spanOf('keep-within-hourly'),
      withinDaily: spanOf('keep-within-daily'),
      withinWeekly: spanOf('keep-within-weekly'),
      withinMonthly: spanOf('keep-within-monthly'),
      withinQuarterly: spanOf('keep-within-quarterly'),
      withinYearly: spanOf('keep-within-yearly'),
      tags: flags['keep-tag'],
      ids: flags['keep-id'],
    },
    ...(size !== undefined && {keepBytes: parseSize(size, fromOf('keep-size'))}),
  }
}

type SpanName = Extract<keyof PolicyFlags, `keep-within${string}`>
type CountName = Exclude<keyof PolicyFlags, SpanName | 'keep-tag' | 'keep-id' | 'keep-size'>

function parseCount(text: string | undefined, from: string): Count | undefined {
  if (text === undefined || text === 'all') return text
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new PocketError('usage', `'${text}' is not a count, in ${from}`, {hint: "write a whole number, or 'all'"})
}

const GROUPS = {host: 'host', paths: 'paths', path: 'paths', tags: 'tags', tag: 'tags'} as const

/** `host,paths,tags` or some of them; one group of all for an empty text. Throws `usage` for anything else. */
export function parseGrouping(text: string): Grouping {
  const grouping = {host: false, paths: false, tags: false}
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word === '') continue
    if (!Object.hasOwn(GROUPS, word)) {
      throw new PocketError('usage', `'${word}' is nothing to group by`, {
        hint: "write some of 'host,paths,tags', or '' for one group of all",
      })
    }
    grouping[GROUPS[word as keyof typeof GROUPS]] = true
  }
  return grouping
}
