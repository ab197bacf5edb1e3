/** The flags of `pocket prune` and `pocket forget --prune`. */
import {boolean, string} from '@oclif/core/flags'
import type {PruneOptions} from '../operations/prune-repository.js'
import {parseGrace} from './parse-grace.js'
import {parseSize} from './parse-size.js'
import {parseUnused} from './parse-unused.js'

export const LEVELS = ['off', 'fastest', 'auto', 'better', 'max'] as const

const GROUP = {helpGroup: 'PRUNE'}

export const pruneFlags = {
  'max-unused': string({
    ...GROUP,
    description: "how much that nobody needs may stay in packs that hold more: '5%' of all [default], '1G', 'unlimited'",
    helpValue: 'PART',
  }),
  'max-repack': string({...GROUP, description: 'write packs anew of so much in all, at most', helpValue: 'SIZE'}),
  grace: string({
    ...GROUP,
    description: 'leave alone what was forgotten or stored within it: 36h, 2d, 1w; 0 only if nothing else runs [default: 24h]',
    helpValue: 'TIME',
  }),
  'repack-small': boolean({...GROUP, description: 'write small packs anew, too, into larger ones'}),
  'despite-damage': boolean({
    ...GROUP,
    description: 'go on where listings are lost or snapshots cannot be opened, and give up what only they lead to',
  }),
  compression: string({...GROUP, description: 'how hard to compress what is written anew [default: auto]', options: [...LEVELS]}),
}

export interface PruneFlags {
  'max-unused'?: string
  'max-repack'?: string
  grace?: string
  'repack-small': boolean
  'despite-damage': boolean
  compression?: string
}

/** Throws `usage` for values that cannot be. */
export function pruneOptionsOf(flags: PruneFlags): PruneOptions {
  const {'max-unused': unused, 'max-repack': repack, grace} = flags
  return {
    ...(unused !== undefined && {maxUnused: parseUnused(unused, '--max-unused')}),
    ...(repack !== undefined && {maxRepackBytes: parseSize(repack, '--max-repack')}),
    ...(grace !== undefined && {graceMs: parseGrace(grace, '--grace')}),
    repackSmall: flags['repack-small'],
    despiteDamage: flags['despite-damage'],
    compression: flags.compression as (typeof LEVELS)[number] | undefined,
  }
}

/** The name of the first of them that was given. */
export function givenPruneFlag(flags: PruneFlags): string | undefined {
  const names = Object.keys(pruneFlags) as (keyof PruneFlags)[]
  return names.find((name) => flags[name] !== undefined && flags[name] !== false)
}

/** For `interruptible`: whatever a prune was at, the next one brings to an end. */
export const PRUNE_INTERRUPTED = {
  state: 'every snapshot is whole, and some space may not be given back yet',
  hint: "'pocket prune' goes on where this ended",
}
