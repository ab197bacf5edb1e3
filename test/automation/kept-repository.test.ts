/** A repository stays open from one use to the next, and no longer than that is worth anything. */
import test from 'ava'
import {KeptRepository} from '../../src/automation/kept-repository.js'
import {PocketError} from '../../src/errors.js'
import type {Repository} from '../../src/index.js'

function keep(failures: Error[] = []) {
  const calls: string[] = []
  const kept = new KeptRepository(
    async (use) => {
      const failure = failures.shift()
      if (failure) throw failure
      calls.push('open')
      try {
        return await use({keepIndex: () => undefined} as Repository)
      } finally {
        calls.push('close')
      }
    },
    () => undefined,
  )
  return {kept, calls}
}

const WRITING = {isWriting: true}

test('kept repository: it is opened once, and closed at the end', async (t) => {
  const {kept, calls} = keep()
  t.is(await kept.withRepository(() => Promise.resolve(1), WRITING), 1)
  t.is(await kept.withRepository(() => Promise.resolve(2), WRITING), 2)
  t.deepEqual(calls, ['open'])
  await kept.close()
  await kept.close()
  t.deepEqual(calls, ['open', 'close'])
})

test('kept repository: after an error it is opened anew, unless the error is about what is saved', async (t) => {
  const {kept, calls} = keep()
  const fail = (error: Error) => {
    const use = async (): Promise<void> => {
      throw error
    }
    return kept.withRepository(use, WRITING)
  }
  await t.throwsAsync(fail(new PocketError('path-missing', 'no such source')), {code: 'path-missing'})
  await kept.withRepository(() => Promise.resolve(), WRITING)
  t.deepEqual(calls, ['open'])
  await t.throwsAsync(fail(new PocketError('connection-failed', 'gone')), {code: 'connection-failed'})
  t.deepEqual(calls, ['open', 'close'])
  await kept.withRepository(() => Promise.resolve(), WRITING)
  t.deepEqual(calls, ['open', 'close', 'open'])
  await kept.close()
})

test('kept repository: what cannot be opened is tried again by the next', async (t) => {
  const {kept, calls} = keep([new PocketError('connection-failed', 'no network', {retryable: true})])
  await t.throwsAsync(
    kept.withRepository(() => Promise.resolve(), WRITING),
    {code: 'connection-failed'},
  )
  await kept.withRepository(() => Promise.resolve(), WRITING)
  t.deepEqual(calls, ['open'])
  await kept.close()
})
