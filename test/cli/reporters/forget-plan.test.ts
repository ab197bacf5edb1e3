import test from 'ava'
import {describeReason, planLines} from '../../../src/cli/reporters/forget-plan.js'
import {describeSnapshot} from '../../../src/operations/list-snapshots.js'
import type {ForgetDecision, ForgetPlan} from '../../../src/operations/plan-forget.js'
import type {ObjectId} from '../../../src/id.js'
import {snapshotAt} from '../../snapshot/dated-snapshots.js'

const DAYS = {years: 0, months: 0, days: 14, hours: 0}
const ID = '3fa9c2d1'.padEnd(64, '0') as ObjectId

test('reasons: each in a few words', (t) => {
  t.is(describeReason({rule: 'last', number: 3}), 'last 3')
  t.is(describeReason({rule: 'daily', bucket: '2026-11-21'}), 'daily 2026-11-21')
  t.is(describeReason({rule: 'withinWeekly', bucket: '2026-W47', within: DAYS}), 'weekly 2026-W47 within 14 days')
  t.is(describeReason({rule: 'within', within: DAYS}), 'within 14 days')
  t.is(describeReason({rule: 'oldest', of: 'withinMonthly'}), 'oldest monthly')
  t.is(describeReason({rule: 'tag', tag: 'a\u001b[31m'}), 'tagged a\\x1b[31m')
  t.is(describeReason({rule: 'id', prefix: '3f'}), 'id 3f')
  t.is(describeReason({rule: 'superseded', by: ID}), 'superseded by 3fa9c2d1')
  for (const rule of ['pinned', 'incomplete', 'size', 'no-rule', 'named'] as const) t.regex(describeReason({rule}), /^[a-z, ]+$/)
})

test('plan: groups with their headings have columns in common; sizes only where they are known', (t) => {
  const decide = (time: string, host: string, tags: string[]): ForgetDecision => {
    const snapshot = describeSnapshot(snapshotAt(time, {id: time.replace(/\D/g, ''), host, tags}))
    return {snapshot, keep: false, reasons: [{rule: 'no-rule'}]}
  }
  const one = {host: 'atlas', paths: ['/home'], decisions: [decide('2026-11-21', 'atlas', ['a-long-tag'])]}
  const two = {host: 'boreas', paths: ['/home', '/etc'], decisions: [decide('2026-11-20', 'boreas', [])]}
  const plan: ForgetPlan = {groups: [one, two], forget: [], kept: 0, emptied: []}
  t.deepEqual(planLines(plan), [
    '/home of atlas:',
    '        ID        Date                 Tags        Why',
    'forget  00000000  2026-11-21 12:00:00  a-long-tag  no rule keeps it',
    '',
    '/home /etc of boreas:',
    '        ID        Date                 Tags        Why',
    'forget  00000000  2026-11-20 12:00:00              no rule keeps it',
  ])
  const sizes = {uniqueBytes: new Map([[one.decisions[0].snapshot.id, 2048]]), freedBytes: 0, unneededBytes: 0}
  t.is(
    planLines({...plan, groups: [{decisions: one.decisions}]}, sizes)[1],
    'forget  00000000  2026-11-21 12:00:00  atlas  a-long-tag  /home  2.0 KiB  no rule keeps it',
  )
  t.deepEqual(planLines({...plan, groups: []}), ['no snapshots'])
})
