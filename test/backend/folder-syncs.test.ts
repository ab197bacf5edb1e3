import test from 'ava'
import {FolderSyncs} from '../../src/backend/folder-syncs.js'
import {nextTurn} from '../../src/util/concurrency.js'

/** Syncs that end when they are told to. */
function heldSyncs() {
  const begun: {folder: string; end: (error?: Error) => void}[] = []
  const syncs = new FolderSyncs((folder) => {
    return new Promise((resolve, reject) => begun.push({folder, end: (error) => (error ? reject(error) : resolve())}))
  })
  return {begun, syncs}
}

test('folder syncs: whoever comes while one runs waits for one that begins later, which all of them share', async (t) => {
  const {begun, syncs} = heldSyncs()
  const ended: string[] = []
  const wait = (who: string, folder = 'a'): Promise<unknown> => syncs.sync(folder).then(() => ended.push(who))
  const all = [wait('first'), wait('second'), wait('third'), wait('other', 'b')]
  await nextTurn()
  t.deepEqual(
    begun.map(({folder}) => folder),
    ['a', 'b'],
  )
  begun[0].end()
  await nextTurn()
  t.deepEqual(ended, ['first'])
  t.deepEqual(
    begun.map(({folder}) => folder),
    ['a', 'b', 'a'],
  )
  // It has begun: what happens now it may not carry.
  all.push(wait('late'))
  begun[2].end()
  begun[1].end()
  await nextTurn()
  t.deepEqual([...ended].sort(), ['first', 'other', 'second', 'third'])
  begun[3].end()
  await Promise.all(all)
  t.is(begun.length, 4)
  const again = syncs.sync('a')
  begun[4].end()
  await again
  t.is(begun.length, 5)
})

test('folder syncs: a failure is of those alone that waited for that sync', async (t) => {
  const {begun, syncs} = heldSyncs()
  const failing = t.throwsAsync(syncs.sync('a'), {message: 'broken'})
  const next = syncs.sync('a')
  begun[0].end(new Error('broken'))
  await failing
  await nextTurn()
  begun[1].end()
  await next
  t.is(begun.length, 2)
})
