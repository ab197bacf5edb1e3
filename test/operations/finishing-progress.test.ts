/** What is told while the last packs are on their way. */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import type {Backend, Traffic} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {type SnapshotEvent, takeSnapshot} from '../../src/index.js'
import {createRepository} from '../../src/repository/create.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {writeRandom} from './content.js'
import {emptyPlace, KEY_FILE, WORKERS} from './repository-place.js'

/** Takes its time for each pack, and counts what has gone so far. */
function slowBackend(backend: Backend): Backend {
  const traffic: Traffic = {put: 0, get: 0, list: 0, remove: 0, bytesUp: 0, bytesDown: 0, repeated: 0}
  return wrapBackend(backend, {
    traffic,
    async put(name, bytes, options) {
      const length = bytes instanceof Uint8Array ? bytes.length : bytes.reduce((sum, part) => sum + part.length, 0)
      for (let piece = 0; piece < 5; piece++) {
        if (name.startsWith('chunks/')) await setTimeout(250)
        traffic.bytesUp += length / 5
      }
      await backend.put(name, bytes, options)
    },
  })
}

test('finishing: progress goes on, and counts the bytes that have gone', async (t) => {
  const {source} = emptyPlace(t)
  mkdirSync(join(source, 'folder'))
  writeRandom(join(source, 'folder', 'file'), 1, 3_000_000)
  const backend = slowBackend(createMemoryBackend())
  await createRepository(backend, KEY_FILE)
  const repository = await openRepositoryOn(backend, {
    secret: async () => KEY_FILE,
    cacheDirectory: undefined,
    onWarning: (warning) => t.fail(warning.message),
  })
  const events: SnapshotEvent[] = []
  await takeSnapshot(repository, {paths: [source], workers: WORKERS, onEvent: (event) => events.push(event)})
  const ended = events.length
  const after = events.slice(events.findIndex(({type}) => type === 'finishing') + 1)
  t.true(after.every(({type}) => type === 'progress'))
  const stored = after.flatMap((event) => (event.type === 'progress' ? [event.bytesStored] : []))
  t.true(stored.length >= 3, `${stored.length} events`)
  t.deepEqual(
    stored,
    [...stored].sort((a, b) => a - b),
  )
  t.true(stored[stored.length - 1] > 1_500_000 && stored[0] < 1_500_000, stored.join())
  await setTimeout(500)
  t.is(events.length, ended, 'nothing is told once it has ended')
})
