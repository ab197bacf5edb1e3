import {resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {PocketError} from '../src/errors.js'

export interface BenchArguments {
  workloads: string[]
  tools: string[]
  rounds: number
  dataFolder: string
  /** Asked for less than the page is about (`--quick` or `--tools`): it goes into the data folder, and docs/ stays as it is. */
  isTrial: boolean
}

const DEFAULT_ROUNDS = 3

export interface Known {
  workloads: readonly string[]
  tools: readonly string[]
  project: string
  environment: Readonly<Record<string, string | undefined>>
}

/** What was asked for; all workloads and tools when none is named. Throws `usage`. */
export function parseArguments(words: readonly string[], known: Known): BenchArguments {
  const {values, positionals} = parse(words)
  const isQuick = values.quick ?? false
  const isTrial = isQuick || values.tools !== undefined
  return {
    workloads: choose('workload', positionals, known.workloads),
    tools: choose(
      'tool',
      (values.tools ?? '').split(',').filter((name) => name !== ''),
      known.tools,
    ),
    rounds: isQuick ? 1 : parseRounds(values.rounds),
    dataFolder: resolve(values.data ?? known.environment['POCKET_BENCH_DATA'] ?? resolve(known.project, '.bench-data')),
    isTrial,
  }
}

interface Parsed {
  values: {rounds?: string; data?: string; tools?: string; quick?: boolean}
  positionals: string[]
}

function parse(words: readonly string[]): Parsed {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {rounds: {type: 'string'}, data: {type: 'string'}, tools: {type: 'string'}, quick: {type: 'boolean'}},
    })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new PocketError('usage', message, {
      hint: 'usage: npm run bench -- [workload…] [--rounds N] [--tools a,b] [--data DIR] [--quick]',
      cause,
    })
  }
}

function choose(kind: string, asked: readonly string[], known: readonly string[]): string[] {
  const stranger = asked.find((name) => !known.includes(name))
  if (stranger !== undefined) throw new PocketError('usage', `unknown ${kind} '${stranger}'`, {hint: `known: ${known.join(', ')}`})
  return known.filter((name) => asked.length === 0 || asked.includes(name))
}

function parseRounds(text: string | undefined): number {
  const rounds = text === undefined ? DEFAULT_ROUNDS : Number(text)
  if (Number.isInteger(rounds) && rounds >= 1) return rounds
  throw new PocketError('usage', `not a number of rounds: '${text}'`)
}
