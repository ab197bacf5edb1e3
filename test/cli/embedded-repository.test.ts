import test from 'ava'
import {copyCommand, describeMade} from '../../src/cli/embedded-repository.js'

test('a person is told where repository and key are, and how to keep a copy of the key', (t) => {
  const made = {location: '/home/ada/.local/share/pocket/repository', keyFile: '/home/ada/.local/share/pocket/repository.key'}
  const text = describeMade(made).join('\n')
  t.true(text.includes(made.location))
  t.true(text.includes(made.keyFile))
  t.regex(text, /^ {4}cp \/home\/ada\/\.local\/share\/pocket\/repository\.key \S+$/m)
})

test('a repository under a password has no key to copy', (t) => {
  t.deepEqual(describeMade({location: '/r', keyFile: undefined}), ['made the repository /r'])
})

test('the command holds for folders with any name', (t) => {
  t.true(copyCommand("/home/ada's disk/k").startsWith("cp '/home/ada'\\''s disk/k' "))
})
