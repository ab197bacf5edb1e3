import test from 'ava'
import fc from 'fast-check'
import type {ObjectId} from '../../src/id.js'
import {
  filterSnapshots,
  findParent,
  type FoundSnapshot,
  isIdPrefix,
  latestOfEach,
  resolveLatest,
  resolvePrefix,
  splitReference,
} from '../../src/snapshot/find.js'
import type {ByteString} from '../../src/util/bytes.js'
import {exampleSnapshot} from '../format/examples.js'

interface Made {
  host?: string
  paths?: string[]
  tags?: string[]
}

let made = 0

function snapshot(timeNs: number, {host = 'atlas', paths = ['/home'], tags = []}: Made = {}): FoundSnapshot {
  made++
  const id = made.toString(16).padStart(64, '0') as ObjectId
  return {id, record: {...exampleSnapshot, timeNs: BigInt(timeNs), host, paths: paths as ByteString[], tags}}
}

const times = (snapshots: readonly FoundSnapshot[]): number[] => snapshots.map(({record}) => Number(record.timeNs))

const IDS = ['3fa9', '3fb0', 'abcd'].map((start) => start.padEnd(64, '0') as ObjectId)

test('find: a prefix names the one id that begins with it', (t) => {
  t.is(resolvePrefix(IDS, 'a'), IDS[2])
  t.is(resolvePrefix(IDS, '3fa'), IDS[0])
  for (const id of IDS) t.is(resolvePrefix(IDS, id), id)
})

test('find: a prefix of several ids is ambiguous, and the hint shows more digits of some', (t) => {
  const error = t.throws(() => resolvePrefix(IDS, '3f'))
  t.like(error, {code: 'snapshot-ambiguous', message: "'3f' could be any of 2 snapshots", hint: 'give more digits: 3fa90000, 3fb00000'})
  const many = Array.from({length: 9}, (_, number) => `${number}`.padStart(64, 'a') as ObjectId)
  t.like(
    t.throws(() => resolvePrefix(many, 'aaaaaaaaaa')),
    {
      hint: `give more digits: ${new Array(5).fill('aaaaaaaaaaaa').join(', ')}, …`,
    },
  )
})

test('find: a prefix of none is missing, a whole id by its short form', (t) => {
  t.like(
    t.throws(() => resolvePrefix(IDS, '99')),
    {code: 'snapshot-missing', message: "there is no snapshot '99'"},
  )
  t.like(
    t.throws(() => resolvePrefix(IDS, '9'.repeat(64))),
    {message: "there is no snapshot '99999999'"},
  )
  t.like(
    t.throws(() => resolvePrefix([], '3f')),
    {code: 'snapshot-missing'},
  )
})

test('find: only hexadecimal digits can be a part of an id', (t) => {
  t.deepEqual(['3fa9', 'latest', 'latest~1', 'ABCD', '', '3fa9 '].map(isIdPrefix), [true, false, false, false, false, false])
})

test('find: `latest` goes back by as many as it says', (t) => {
  const all = [snapshot(1), snapshot(2), snapshot(3)]
  t.deepEqual(
    ['latest', 'latest~0', 'latest~1', 'latest~2'].map((reference) => resolveLatest(all, reference)),
    [all[2], all[2], all[1], all[0]],
  )
  t.like(
    t.throws(() => resolveLatest(all, 'latest~3')),
    {code: 'snapshot-missing', message: "'latest~3' goes back beyond the first of 3 snapshots"},
  )
  t.like(
    t.throws(() => resolveLatest([], 'latest')),
    {code: 'snapshot-missing', message: 'there is no snapshot'},
  )
  for (const wrong of ['newest', 'latest~', 'latest~-1', 'latest~1.5', 'Latest', '']) {
    t.like(
      t.throws(() => resolveLatest(all, wrong)),
      {code: 'usage'},
      wrong,
    )
  }
})

test('find: a reference is parted at its first colon', (t) => {
  t.deepEqual(splitReference('3fa9'), {snapshot: '3fa9', path: undefined})
  t.deepEqual(splitReference('latest~1:a/b:c'), {snapshot: 'latest~1', path: 'a/b:c'})
  t.deepEqual(splitReference('3fa9:'), {snapshot: '3fa9', path: ''})
})

test('find: a filter lets through what matches each kind that is given', (t) => {
  const all = [
    snapshot(1, {host: 'atlas', paths: ['/home'], tags: ['daily', 'keep']}),
    snapshot(2, {host: 'boreas', paths: ['/home', '/etc'], tags: ['daily']}),
    snapshot(3, {host: 'atlas', paths: ['/etc'], tags: []}),
  ]
  const filter = (hosts?: string[], paths?: string[], tags?: string[]) =>
    times(filterSnapshots(all, {hosts, paths: paths as ByteString[], tags}))
  t.deepEqual(filter(), [1, 2, 3])
  t.deepEqual(filter([], [], []), [1, 2, 3])
  t.deepEqual(filter(['atlas']), [1, 3])
  t.deepEqual(filter(['atlas', 'boreas']), [1, 2, 3])
  t.deepEqual(filter(undefined, ['/etc']), [2, 3])
  t.deepEqual(filter(undefined, ['/et']), [])
  t.deepEqual(filter(undefined, undefined, ['daily']), [1, 2])
  t.deepEqual(filter(undefined, undefined, ['daily,keep']), [1])
  t.deepEqual(filter(undefined, undefined, ['keep', 'none']), [1])
  t.deepEqual(filter(['atlas'], ['/etc'], ['daily']), [])
})

test('find: the latest of each host and set of paths are kept in their order', (t) => {
  const all = [
    snapshot(1),
    snapshot(2, {host: 'boreas'}),
    snapshot(3, {paths: ['/home', '/etc']}),
    snapshot(4),
    snapshot(5, {paths: ['/etc', '/home']}),
    snapshot(6),
  ]
  t.deepEqual(times(latestOfEach(all, 1)), [2, 5, 6])
  t.deepEqual(times(latestOfEach(all, 2)), [2, 3, 4, 5, 6])
  t.deepEqual(times(latestOfEach(all, 9)), [1, 2, 3, 4, 5, 6])
  t.deepEqual(times(latestOfEach(all, 0)), [])
})

test('find: the parent is the latest of the same host and paths that is not later', (t) => {
  const all = [snapshot(1), snapshot(2, {host: 'boreas'}), snapshot(3), snapshot(4, {paths: ['/etc']}), snapshot(9)]
  const parentAt = (timeNs: number, source: Made = {}) => {
    const {record} = snapshot(timeNs, source)
    return findParent(all, record, record.timeNs)?.record.timeNs
  }
  t.deepEqual(
    [0, 1, 2, 3, 8, 9, 10].map((time) => parentAt(time)),
    [undefined, 1n, 1n, 3n, 3n, 9n, 9n],
  )
  t.is(parentAt(9, {host: 'boreas'}), 2n)
  t.is(parentAt(9, {paths: ['/etc']}), 4n)
  t.is(parentAt(9, {paths: ['/var']}), undefined)
})

test('find: paths of several names are not taken for one path of their joint', (t) => {
  const [joint] = [snapshot(1, {paths: ['/a","/b']})]
  const {record} = snapshot(2, {paths: ['/a', '/b']})
  t.is(findParent([joint], record, 5n), undefined)
})

test('find: each id of any set is found by its shortest unique prefix, and never another', (t) => {
  const id = fc.string({unit: fc.constantFrom('0', '1'), minLength: 64, maxLength: 64}) as fc.Arbitrary<ObjectId>
  fc.assert(
    fc.property(fc.uniqueArray(id, {minLength: 1, maxLength: 20}), fc.integer({min: 1, max: 64}), (ids, length) => {
      for (const each of ids) {
        const prefix = each.slice(0, length)
        const isUnique = ids.filter((other) => other.startsWith(prefix)).length === 1
        if (isUnique) t.is(resolvePrefix(ids, prefix), each)
        else t.throws(() => resolvePrefix(ids, prefix))
      }
    }),
    {numRuns: 40},
  )
})
