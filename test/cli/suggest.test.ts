import test from 'ava'
import {editDistance, suggest} from '../../src/cli/suggest.js'

test('distance: insertions, removals, replacements and swaps of neighbours count one', (t) => {
  t.is(editDistance('snapshot', 'snapshot'), 0)
  t.is(editDistance('snapsht', 'snapshot'), 1)
  t.is(editDistance('snapshoot', 'snapshot'), 1)
  t.is(editDistance('snaphsot', 'snapshot'), 1)
  t.is(editDistance('', 'ls'), 2)
})

test('the nearest candidate is suggested, and none when nothing is near', (t) => {
  const commands = ['snapshot', 'restore', 'list', 'ls', 'diff']
  t.is(suggest('snapsht', commands), 'snapshot')
  t.is(suggest('snap', commands), 'snapshot')
  t.is(suggest('lst', commands), 'list')
  t.is(suggest('prune', commands), undefined)
})
