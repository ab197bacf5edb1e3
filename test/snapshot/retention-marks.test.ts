/** What retention does with snapshots that are pinned or incomplete. */
process.env.TZ = 'Europe/Berlin'

import {hostname} from 'node:os'
import test from 'ava'
import {parseDuration} from '../../src/cli/parse-duration.js'
import type {FoundSnapshot} from '../../src/snapshot/find.js'
import {decideRetention} from '../../src/snapshot/retention.js'
import type {RetentionPolicy} from '../../src/snapshot/retention-policy.js'
import {decisionsOf, type Made, snapshotAt} from './dated-snapshots.js'

const day = (number: number, made: Made = {}): FoundSnapshot => snapshotAt(`2026-11-${String(number).padStart(2, '0')}`, made)
const checkpoint = (number: number, made: Made = {}): FoundSnapshot => day(number, {isIncomplete: true, ...made})

/** The rules that speak for or against each of `snapshots`, which are given newest first. */
function rules(snapshots: readonly FoundSnapshot[], policy: RetentionPolicy): string[] {
  return decisionsOf(snapshots, policy).map(({keep, reasons}) => `${keep ? '+' : '-'}${reasons.map(({rule}) => rule).join()}`)
}

test('retention: what is pinned is kept, and takes no place', (t) => {
  const all = [day(21, {isPinned: true}), day(20), day(19, {isPinned: true}), day(18), day(17)]
  t.deepEqual(rules(all, {last: 2}), ['+pinned', '+last', '+pinned', '+last', '-no-rule'])
  t.deepEqual(rules(all, {}), ['+pinned', '-no-rule', '+pinned', '-no-rule', '-no-rule'])
})

test('retention: what is pinned stands for no bucket, is not the oldest, and no span begins at it', (t) => {
  const all = [day(30, {isPinned: true}), day(20), day(19), day(2), day(1, {isPinned: true, tags: ['a']})]
  t.deepEqual(rules(all, {monthly: 2}), ['+pinned', '+monthly', '-no-rule', '+oldest', '+pinned'])
  t.deepEqual(rules(all, {within: parseDuration('2d')}), ['+pinned', '+within', '+within', '-no-rule', '+pinned'])
  t.deepEqual(rules(all, {tags: ['a'], ids: [all[4].id]}), ['+pinned', '-no-rule', '-no-rule', '-no-rule', '+pinned'])
})

test('retention: a checkpoint takes no place and is kept until a complete snapshot was begun after it', (t) => {
  const all = [checkpoint(21), day(20), checkpoint(19), day(18), day(17)]
  t.deepEqual(rules(all, {last: 2}), ['+incomplete', '+last', '-superseded', '+last', '-no-rule'])
  t.deepEqual(rules([checkpoint(21), checkpoint(20)], {last: 1}), ['+incomplete', '+incomplete'])
  t.deepEqual(rules([checkpoint(21), day(20)], {within: parseDuration('1h')}), ['+incomplete', '+within'])
})

test('retention: what is only announced is kept while it may yet be stored', (t) => {
  const announced = (pid: number) => checkpoint(19, {announcedBy: {host: hostname(), pid}})
  t.deepEqual(rules([day(20), announced(process.pid)], {last: 1}), ['+last', '+incomplete'])
  t.deepEqual(rules([day(20), announced(2 ** 30)], {last: 1}), ['+last', '-superseded'])
})

test('retention: when a run began decides, not the time that its snapshot stands for', (t) => {
  const dated = day(1, {started: '2026-11-21'})
  t.deepEqual(rules([checkpoint(20), dated], {last: 1}), ['-superseded', '+last'])
  t.deepEqual(rules([day(30, {started: '2026-11-19'}), checkpoint(20)], {last: 1}), ['+last', '+incomplete'])
  t.deepEqual(rules([day(21, {started: '2026-11-20'}), checkpoint(20)], {last: 1}), ['+last', '+incomplete'])
})

test('retention: only a snapshot of the same host and paths supersedes, in whatever group it is', (t) => {
  const decide = (later: FoundSnapshot) => {
    const all = [later, checkpoint(20, {paths: ['/a', '/b'], tags: ['x']})]
    const groups = decideRetention(all, {last: 1}, {host: true, paths: true, tags: true})
    const decision = groups.flatMap(({decisions}) => decisions).find(({snapshot}) => snapshot.record.isIncomplete)
    return decision?.reasons
  }
  const later = day(21, {paths: ['/b', '/a', '/b']})
  t.deepEqual(decide(later), [{rule: 'superseded', by: later.id}])
  t.deepEqual(decide(day(21, {paths: ['/a']})), [{rule: 'incomplete'}])
  t.deepEqual(decide(day(21, {paths: ['/a', '/b'], host: 'boreas'})), [{rule: 'incomplete'}])
  t.deepEqual(decide(checkpoint(21, {paths: ['/a', '/b']})), [{rule: 'incomplete'}])
  t.deepEqual(rules([day(21, {paths: ['/a']}), checkpoint(20)], {last: 1}).toSorted(), ['+incomplete', '+last'])
})

test('retention: of several snapshots that were begun at once, the same supersedes whatever their order', (t) => {
  const all = [day(21, {started: '2026-11-20'}), day(22, {started: '2026-11-20'}), checkpoint(19)]
  const reasons = (snapshots: readonly FoundSnapshot[]) => decisionsOf(snapshots, {last: 1}).map(({reasons}) => reasons)
  t.deepEqual(reasons(all)[2], [{rule: 'superseded', by: all[1].id}])
  t.deepEqual(reasons(all.toReversed()), reasons(all))
})

test('retention: a snapshot that goes or is pinned supersedes, too', (t) => {
  t.deepEqual(rules([day(21), day(20), checkpoint(19)], {ids: ['ff']}), ['-no-rule', '-no-rule', '-superseded'])
  t.deepEqual(rules([day(21, {isPinned: true}), checkpoint(19)], {last: 1}), ['+pinned', '-superseded'])
})

test('retention: a superseded checkpoint is kept when it is pinned or named, not for its tags', (t) => {
  const named = checkpoint(19, {tags: ['a']})
  t.deepEqual(rules([day(21), named], {tags: ['a']}), ['-no-rule', '-superseded'])
  t.deepEqual(rules([day(21), named], {ids: [named.id]}), ['-no-rule', '+id'])
  t.deepEqual(rules([day(21), checkpoint(19, {isPinned: true})], {last: 1}), ['+last', '+pinned'])
  t.deepEqual(rules([named], {ids: [named.id]}), ['+incomplete,id'])
})

test('retention: a snapshot of picked changes supersedes no checkpoint', (t) => {
  t.deepEqual(rules([day(21, {isPicked: true}), checkpoint(20)], {last: 1}), ['+last', '+incomplete'])
  t.deepEqual(rules([day(22, {isPicked: true}), day(21), checkpoint(20)], {last: 2}), ['+last', '+last', '-superseded'])
})
