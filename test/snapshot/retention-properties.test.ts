process.env.TZ = 'Europe/Berlin'

import test from 'ava'
import fc from 'fast-check'
import type {FoundSnapshot} from '../../src/snapshot/find.js'
import {PERIODS} from '../../src/snapshot/local-calendar.js'
import {decideRetention} from '../../src/snapshot/retention.js'
import {type Count, type RetentionPolicy, WITHIN} from '../../src/snapshot/retention-policy.js'
import type {Duration} from '../../src/util/duration.js'
import {keptIds, snapshotAt} from './dated-snapshots.js'

const RUNS = {numRuns: 150}
const COUNTING = ['last', ...PERIODS] as const
const SPANS = ['within', ...Object.values(WITHIN)] as const

/** Close together and far apart, around the end of summer time and of years, before 1970, and at the same instant. */
const seconds = fc.oneof(
  ...['1965-12-30T00:00Z', '2020-12-28T00:00Z', '2026-10-24T20:00Z'].flatMap((start) =>
    [5 * 60, 86_400, 400 * 86_400].map((length) => fc.integer({min: 0, max: length}).map((add) => Date.parse(start) / 1000 + add)),
  ),
)

const plain = fc.record({seconds, tags: fc.subarray(['a', 'b', 'c'])})
const marked = fc.record({
  seconds,
  tags: fc.subarray(['a', 'b', 'c']),
  host: fc.constantFrom('atlas', 'boreas'),
  marks: fc.constantFrom({}, {}, {isPinned: true as const}, {isIncomplete: true as const}),
})

const make = ({seconds, marks, ...made}: {seconds: number; marks?: object; host?: string; tags: string[]}): FoundSnapshot =>
  snapshotAt(new Date(seconds * 1000).toISOString(), {...made, ...marks})

const plainSnapshots = fc.array(plain.map(make), {minLength: 1, maxLength: 30})
const markedSnapshots = fc.array(marked.map(make), {maxLength: 30})

const count: fc.Arbitrary<Count> = fc.oneof(
  {weight: 6, arbitrary: fc.integer({min: 1, max: 8})},
  {weight: 1, arbitrary: fc.constant('all')},
)
const length: fc.Arbitrary<Duration> = fc
  .tuple(fc.constantFrom(0, 0, 1), fc.constantFrom(0, 0, 1, 5), fc.constantFrom(0, 0, 1, 31), fc.constantFrom(1, 12))
  .map(([years, months, days, hours]) => ({years, months, days, hours}))

const policies: fc.Arbitrary<RetentionPolicy> = fc.record(
  {
    ...(Object.fromEntries(COUNTING.map((name) => [name, count])) as Record<(typeof COUNTING)[number], typeof count>),
    ...(Object.fromEntries(SPANS.map((name) => [name, length])) as Record<(typeof SPANS)[number], typeof length>),
    tags: fc.constantFrom(['a'], ['a,b'], ['a', 'b,c']),
    ids: fc.constantFrom(['0'.repeat(62)], ['f']),
  },
  {requiredKeys: []},
)

const isSuperset = <T>(larger: ReadonlySet<T>, smaller: ReadonlySet<T>): boolean => [...smaller].every((item) => larger.has(item))

test('retention: a higher count keeps what a lower one keeps', (t) => {
  fc.assert(
    fc.property(plainSnapshots, fc.constantFrom(...COUNTING), fc.integer({min: 0, max: 12}), (snapshots, rule, lower) => {
      const kept = keptIds(snapshots, {[rule]: lower})
      t.true(isSuperset(keptIds(snapshots, {[rule]: lower + 1}), kept))
      t.true(isSuperset(keptIds(snapshots, {[rule]: 'all'}), kept))
    }),
    RUNS,
  )
})

test('retention: a longer span keeps what a shorter one keeps', (t) => {
  fc.assert(
    fc.property(plainSnapshots, fc.constantFrom(...SPANS), length, fc.integer({min: 1, max: 90}), (snapshots, rule, shorter, more) => {
      const kept = keptIds(snapshots, {[rule]: shorter})
      t.true(isSuperset(keptIds(snapshots, {[rule]: {...shorter, hours: shorter.hours + more}}), kept))
      t.true(isSuperset(keptIds(snapshots, {[rule]: {...shorter, years: shorter.years + more}}), kept))
    }),
    RUNS,
  )
})

test('retention: no counting rule keeps more than its count, nor fewer while there are snapshots left to keep', (t) => {
  fc.assert(
    fc.property(plainSnapshots, fc.constantFrom(...COUNTING), fc.integer({min: 1, max: 12}), (snapshots, rule, most) => {
      const kept = keptIds(snapshots, {[rule]: most}).size
      t.is(kept, Math.min(most, keptIds(snapshots, {[rule]: 'all'}).size))
    }),
    RUNS,
  )
})

test('retention: the newest is kept by every counting rule and every span, the oldest by a count that is not used up', (t) => {
  fc.assert(
    fc.property(plainSnapshots, fc.constantFrom(...COUNTING), fc.constantFrom(...SPANS), length, (snapshots, counting, span, within) => {
      const times = snapshots.map(({record}) => record.timeNs).sort((a, b) => (a < b ? -1 : 1))
      const timesKept = (policy: RetentionPolicy) => {
        const kept = keptIds(snapshots, policy)
        return snapshots.filter(({id}) => kept.has(id)).map(({record}) => record.timeNs)
      }
      t.true(timesKept({[counting]: 1}).includes(times[times.length - 1]))
      t.true(timesKept({[span]: within}).includes(times[times.length - 1]))
      t.true(timesKept({[counting]: snapshots.length}).includes(times[0]))
    }),
    RUNS,
  )
})

test('retention: several rules keep what each of them keeps by itself, and nothing else', (t) => {
  fc.assert(
    fc.property(markedSnapshots, policies, (snapshots, policy) => {
      const parts = Object.entries(policy).map(([rule, value]) => keptIds(snapshots, {[rule]: value}))
      const union = new Set([keptIds(snapshots, {}), ...parts].flatMap((part) => [...part]))
      t.deepEqual([...keptIds(snapshots, policy)].sort(), [...union].sort())
    }),
    RUNS,
  )
})

test('retention: decisions do not depend on the order in which snapshots come', (t) => {
  fc.assert(
    fc.property(markedSnapshots, policies, fc.func(fc.integer()), (snapshots, policy, number) => {
      const shuffled = snapshots.toSorted((a, b) => number(a.id) - number(b.id))
      t.deepEqual(decideRetention(shuffled, policy), decideRetention(snapshots, policy))
    }),
    RUNS,
  )
})

test('retention: there is one decision for each snapshot, newest first, with a reason', (t) => {
  fc.assert(
    fc.property(markedSnapshots, policies, (snapshots, policy) => {
      const groups = decideRetention(snapshots, policy)
      const all = groups.flatMap(({decisions}) => decisions)
      t.deepEqual(all.map(({snapshot}) => snapshot.id).sort(), snapshots.map(({id}) => id).sort())
      t.true(all.every(({reasons}) => reasons.length > 0))
      for (const {decisions} of groups) {
        const times = decisions.map(({snapshot}) => snapshot.record.timeNs)
        t.deepEqual(
          times,
          times.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
        )
      }
    }),
    RUNS,
  )
})

test('retention: pinned snapshots and checkpoints change nothing for the others', (t) => {
  fc.assert(
    fc.property(markedSnapshots, policies, (snapshots, policy) => {
      const isMarked = ({record}: FoundSnapshot): boolean => Boolean(record.isPinned || record.isIncomplete)
      const among = decideRetention(snapshots, policy).flatMap(({decisions}) => decisions)
      const alone = decideRetention(
        snapshots.filter((snapshot) => !isMarked(snapshot)),
        policy,
      ).flatMap(({decisions}) => decisions)
      t.deepEqual(
        among.filter(({snapshot}) => !isMarked(snapshot)),
        alone,
      )
      t.true(among.every(({snapshot, keep}) => keep || !snapshot.record.isPinned))
    }),
    RUNS,
  )
})
