import test from 'ava'
import {MadeThings} from '../../src/cli/made-things.js'
import {PocketError} from '../../src/errors.js'

function fail(thrown: Error): () => Promise<never> {
  return async () => {
    throw thrown
  }
}

test('made things: an error says what was made before it', async (t) => {
  const made = new MadeThings()
  const interrupted = new PocketError('interrupted', 'interrupted; nothing was changed')
  await t.throwsAsync(made.tellAfter(fail(interrupted)), {is: interrupted})
  made.add("the bucket 'b'")
  const denied = new PocketError('permission-denied', 'access denied', {hint: 'ask'})
  await t.throwsAsync(made.tellAfter(fail(denied)), {code: 'permission-denied', message: "access denied; the bucket 'b' was made"})
  made.add("the repository 's3://b'")
  await t.throwsAsync(made.tellAfter(fail(interrupted)), {
    message: "interrupted; the bucket 'b' and the repository 's3://b' were made, nothing else",
  })
  const bug = new TypeError('x')
  await t.throwsAsync(made.tellAfter(fail(bug)), {is: bug})
})
