import test from 'ava'
import {type Grouping, groupSnapshots} from '../../src/snapshot/group.js'
import {snapshotAt} from './dated-snapshots.js'

const ALL = [
  snapshotAt('2026-11-01', {host: 'boreas', paths: ['/b', '/a'], tags: ['y', 'x']}),
  snapshotAt('2026-11-02', {host: 'atlas', paths: ['/a', '/b'], tags: ['x', 'y', 'x']}),
  snapshotAt('2026-11-03', {host: 'atlas', paths: ['/b', '/a', '/b'], tags: []}),
  snapshotAt('2026-11-04', {host: 'atlas', paths: ['/a'], tags: ['x']}),
]

/** Each group as the days of November that are in it. */
function days(by?: Partial<Grouping>, snapshots = ALL): number[][] {
  const grouping = by && {host: false, paths: false, tags: false, ...by}
  return groupSnapshots(snapshots, grouping).map((group) => group.snapshots.map((snapshot) => 1 + ALL.indexOf(snapshot)))
}

test('group: by host and paths when nothing else is said', (t) => {
  t.deepEqual(days(), [[4], [3, 2], [1]])
})

test('group: by whichever of host, paths and tags are wanted, the newest first', (t) => {
  t.deepEqual(days({}), [[4, 3, 2, 1]])
  t.deepEqual(days({host: true}), [[4, 3, 2], [1]])
  t.deepEqual(days({paths: true}), [[4], [3, 2, 1]])
  t.deepEqual(days({tags: true}), [[3], [4], [2, 1]])
  t.deepEqual(days({host: true, paths: true, tags: true}), [[4], [3], [2], [1]])
  t.deepEqual(days({}, []), [])
})

test('group: a key has what the group has in common, sorted and once', (t) => {
  t.deepEqual(groupSnapshots([ALL[1]], {host: true, paths: true, tags: true})[0].key, {
    host: 'atlas',
    paths: ['/a', '/b'],
    tags: ['x', 'y'],
  } as never)
  t.deepEqual(groupSnapshots(ALL, {host: false, paths: false, tags: false})[0].key, {})
})

test('group: the order of snapshots does not matter, even of those of one instant', (t) => {
  const same = [snapshotAt('2026-11-01', {id: '1'}), snapshotAt('2026-11-01', {id: '2'})]
  t.deepEqual(groupSnapshots(same), groupSnapshots(same.toReversed()))
  t.deepEqual(groupSnapshots(ALL.toReversed()), groupSnapshots(ALL))
})

test('group: names are not taken for several by what is in them', (t) => {
  const joint = ['/a","/b', '/a,/b', '/a /b'].map((path) => snapshotAt('2026-11-01', {paths: [path]}))
  t.is(groupSnapshots([...joint, snapshotAt('2026-11-02', {paths: ['/a', '/b']})]).length, 4)
})
