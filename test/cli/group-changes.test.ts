import test from 'ava'
import fc from 'fast-check'
import {groupChanges} from '../../src/cli/group-changes.js'
import {fileChange} from './reviewed-changes.js'

function shown(paths: readonly string[], limit: number): string[] {
  return groupChanges(
    paths.map((path, index) => fileChange('new', path, index)),
    limit,
  ).map(({path, type, changes}) => `${type} ${path} ${changes.length}`)
}

test('group changes: few are shown one by one, in the order of their paths', (t) => {
  t.deepEqual(shown(['b/c', 'a', 'b/a'], 3), ['change a 1', 'change b/a 1', 'change b/c 1'])
  t.deepEqual(shown([], 3), [])
})

test('group changes: folders stand for what is in them, and those with the most are opened first', (t) => {
  const paths = ['a/1', 'a/2', 'b/x/1', 'b/x/2', 'b/x/3', 'b/y/1', 'b/y/2', 'top']
  t.deepEqual(shown(paths, 4), ['folder a/ 2', 'folder b/x/ 3', 'folder b/y/ 2', 'change top 1'])
  t.deepEqual(shown(paths, 6), ['folder a/ 2', 'change b/x/1 1', 'change b/x/2 1', 'change b/x/3 1', 'folder b/y/ 2', 'change top 1'])
})

test('group changes: of a folder with too much in it the largest have rows, and the rest have one', (t) => {
  const paths = Array.from({length: 100}, (_value, index) => `flat/${index}`)
  t.deepEqual(shown(paths, 3), ['change flat/98 1', 'change flat/99 1', 'rest flat/ 98'])
  t.deepEqual(shown(['flat', ...paths], 4), ['change flat 1', 'folder flat/ 100'])
  t.deepEqual(shown(paths, 1), ['folder flat/ 100'])
  t.deepEqual(shown(['one', 'two'], 1), ['folder ./ 2'])
})

test('group changes: every change is in one row, and there are never more rows than allowed', (t) => {
  const path = fc.array(fc.constantFrom('a', 'b', 'a-', 'ab', 'c'), {minLength: 1, maxLength: 4}).map((names) => names.join('/'))
  fc.assert(
    fc.property(fc.uniqueArray(path, {maxLength: 60}), fc.integer({min: 1, max: 20}), (paths, limit) => {
      const groups = groupChanges(
        paths.map((one) => fileChange('new', one)),
        limit,
      )
      const found = groups.flatMap(({changes}) => changes.map((change) => change.path))
      t.deepEqual(found.toSorted(), paths.toSorted())
      t.true(groups.length <= limit)
      for (const {path: folder, type, changes} of groups) {
        t.true(changes.length > 0)
        if (type === 'folder' && folder !== './') t.true(changes.every((change) => change.path.startsWith(folder)))
      }
    }),
  )
})

test('group changes: a hundred thousand make no longer list', (t) => {
  const paths = Array.from({length: 100_000}, (_value, index) => `d${index % 50}/e${index % 1000}/f${index}`)
  t.is(shown(paths, 500).length <= 500, true)
})
