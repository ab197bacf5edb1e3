import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {readAhead} from '../../src/backend/read-ahead.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {nextTurn} from '../../src/util/concurrency.js'

async function namesIn(backend: Backend, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const {name} of backend.list(prefix)) names.push(name)
  return names
}

/** Notes each call. */
function noted(backend: Backend): {backend: Backend; calls: string[]} {
  const calls: string[] = []
  const wrapped = wrapBackend(backend, {
    list(prefix) {
      calls.push(`list ${prefix}`)
      return backend.list(prefix)
    },
    get(name, options) {
      calls.push(`get ${name}${options?.isFresh ? ' fresh' : ''}`)
      return backend.get(name, options)
    },
  })
  return {backend: wrapped, calls}
}

async function filled(): Promise<{backend: Backend; calls: string[]}> {
  const memory = createMemoryBackend()
  for (const name of ['a/1', 'a/2', 'a/notes.txt', 'b/3', 'c/4']) await memory.put(name, Buffer.from(name))
  return noted(memory)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

const WANTED = {read: ['a/', 'b/'], listed: ['c/'], isWanted: (name: string) => !name.endsWith('.txt')}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn()
}

test('read ahead: asks in advance, in the order of the folders, and each answer is given once', async (t) => {
  const {backend, calls} = await filled()
  const ahead = readAhead(backend, WANTED)
  await settle()
  t.deepEqual([...calls].sort(), ['get a/1 fresh', 'get a/2 fresh', 'get b/3 fresh', 'list a/', 'list b/', 'list c/'])
  t.deepEqual(
    calls.filter((call) => call.startsWith('list')),
    ['list a/', 'list b/', 'list c/'],
  )
  const before = calls.length
  t.deepEqual([await namesIn(ahead, 'a/'), await namesIn(ahead, 'c/')], [['a/1', 'a/2', 'a/notes.txt'], ['c/4']])
  t.is(textOf(await ahead.get('a/1', {isFresh: true})), 'a/1')
  t.is(calls.length, before)
  await backend.put('a/5', Buffer.from('new'))
  await backend.remove('a/1')
  t.deepEqual((await namesIn(ahead, 'a/')).toSorted(), ['a/2', 'a/5', 'a/notes.txt'])
  await t.throwsAsync(ahead.get('a/1'), {code: 'object-missing'})
  t.is(textOf(await ahead.get('b/3', {range: {start: 2, length: 1}})), '3')
  t.is(textOf(await ahead.get('c/4')), 'c/4')
})

test('read ahead: waits for an answer that is on its way', async (t) => {
  const {backend, calls} = await filled()
  const ahead = readAhead(backend, WANTED)
  t.deepEqual(await namesIn(ahead, 'c/'), ['c/4'])
  t.is(textOf(await ahead.get('b/3')), 'b/3')
  await settle()
  t.is(calls.filter((call) => call === 'list c/').length, 1)
  t.is(calls.filter((call) => call.startsWith('get b/3')).length, 1)
})

test('read ahead: an error is told to whoever asks, and to nobody else', async (t) => {
  const {backend} = await filled()
  const broken = wrapBackend(backend, {
    list: (prefix) => (prefix === 'a/' ? backend.list('not a folder') : backend.list(prefix)),
    get: () => Promise.reject(new Error('no')),
  })
  const ahead = readAhead(broken, {...WANTED, read: ['b/', 'a/']})
  await settle()
  t.deepEqual(await namesIn(ahead, 'b/'), ['b/3'])
  await t.throwsAsync(ahead.get('b/3'), {message: 'no'})
  await t.throwsAsync(namesIn(ahead, 'a/'), {code: 'usage'})
})

test('read ahead: takes no more memory than it may', async (t) => {
  const memory = createMemoryBackend()
  const large = Buffer.alloc(20 * 1024 * 1024)
  for (const name of ['a/1', 'a/2', 'a/3']) await memory.put(name, large)
  const {backend, calls} = noted(memory)
  const ahead = readAhead(backend, {...WANTED, read: ['a/']})
  await settle()
  t.is(calls.filter((call) => call.startsWith('get')).length, 1)
  for (const name of await namesIn(ahead, 'a/')) t.is((await ahead.get(name)).length, large.length)
})
