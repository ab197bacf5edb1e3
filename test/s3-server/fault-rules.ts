/** Which requests through the proxy go wrong, and how. */
import {type RequestKind, requestKind} from './request-kind.js'

/**
 * - `latency`: the request arrives half of `ms` later, and so does its answer
 * - `answer`: the server never hears of it, and this is answered; see `canned-answers.ts`
 * - `reset`: the server never hears of it, and the connection is reset
 * - `reset-in-request`: the connection is reset, on both sides, when half of the request's body has passed
 * - `reset-in-answer`: the connection is reset when half of the answer's body has passed
 * - `truncate`: half of the answer's body passes, then the connection is closed as if that were all
 * - `stall`: the server never hears of it, nothing is answered, and the connection stays open
 * - `stall-in-request`, `stall-in-answer`: half of the body passes, and then nothing more
 * - `lost-answer`: the server does what it is asked, and then the connection is reset
 * - `flip`: one bit in the middle of the answer's body is wrong, if the answer is a success
 * - `ignore-header`: the server does not see that header, and so ignores it; the request is signed anew if it was signed
 */
export type Fault =
  | {kind: 'latency'; ms: number}
  | {kind: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: string}
  | {kind: 'ignore-header'; header: string}
  | {kind: PlainFault}

export type PlainFault =
  | 'reset'
  | 'reset-in-request'
  | 'reset-in-answer'
  | 'truncate'
  | 'stall'
  | 'stall-in-request'
  | 'stall-in-answer'
  | 'lost-answer'
  | 'flip'

export interface Rule {
  fault: Fault
  /** Only requests of this kind count; all unless told. */
  kind?: RequestKind
  /** Only requests whose target, as `/bucket/key?query`, fits count. */
  target?: RegExp
  /** It happens to these of the requests that count, from 1; to all unless told. */
  call?: number | readonly number[]
  /** It happens to each of those with this probability; 1 unless told. */
  probability?: number
}

/** What happens to one request. */
export interface Plan {
  latencyMs: number
  ignoredHeaders: string[]
  /** The one thing that goes wrong, if any. */
  fault?: Exclude<Fault, {kind: 'latency' | 'ignore-header'}>
}

/** The rules in force, and how often each of them was asked and applied. */
export class RuleBook {
  /** How often each fault has happened, an answer by its status: `{'answer 503': 2, reset: 1}`. */
  readonly counts: Record<string, number> = {}
  readonly #random: () => number
  #rules: {rule: Rule; matches: number; times: number}[] = []

  constructor(rules: readonly Rule[], seed: number) {
    this.#random = seededRandom(seed)
    this.setRules(rules)
  }

  /** Replaces all rules; their calls are counted from now on. */
  setRules(rules: readonly Rule[]): void {
    this.#rules = rules.map((rule) => ({rule, matches: 0, times: 0}))
  }

  /** Rules that never applied: a test should find this empty, or it tested nothing. */
  unused(): Rule[] {
    return this.#rules.filter(({times}) => times === 0).map(({rule}) => rule)
  }

  /** What happens to the next request. Latencies add up, headers are all ignored, of all other faults the first happens. */
  plan(method: string, target: string): Plan {
    const plan: Plan = {latencyMs: 0, ignoredHeaders: []}
    for (const entry of this.#rules) {
      const {fault} = entry.rule
      const isSettled = plan.fault !== undefined && fault.kind !== 'latency' && fault.kind !== 'ignore-header'
      if (!matches(entry.rule, method, target)) continue
      entry.matches += 1
      if (isSettled || !isCalled(entry.rule, entry.matches) || this.#random() >= (entry.rule.probability ?? 1)) continue
      entry.times += 1
      const name = fault.kind === 'answer' ? `answer ${fault.status}` : fault.kind
      this.counts[name] = (this.counts[name] ?? 0) + 1
      if (fault.kind === 'latency') plan.latencyMs += fault.ms
      else if (fault.kind === 'ignore-header') plan.ignoredHeaders.push(fault.header.toLowerCase())
      else plan.fault = fault
    }
    return plan
  }
}

function matches({kind, target: pattern}: Rule, method: string, target: string): boolean {
  return (kind === undefined || kind === requestKind(method, target)) && (pattern === undefined || pattern.test(target))
}

function isCalled({call}: Rule, match: number): boolean {
  return call === undefined || (typeof call === 'number' ? call === match : call.includes(match))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
