/** What is made of the events of @parcel/watcher, as the library gives them on systems that this is not. */
import {mkdirSync, realpathSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {toByteString} from '../../src/util/bytes.js'
import {type WatchLibrary, watchWithParcel} from '../../src/watch/parcel-watcher.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {until} from './watched-place.js'

type Callback = Parameters<WatchLibrary['subscribe']>[1]

async function watchFake(t: ExecutionContext, subscribe: () => Promise<void> = () => Promise.resolve()) {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'way'))
  const told: string[] = []
  let tell: Callback = () => undefined
  let hasEnded = false
  const library: WatchLibrary = {
    subscribe: async (_folder, callback) => {
      await subscribe()
      tell = callback
      return {
        unsubscribe: () => {
          hasEnded = true
          return Promise.resolve()
        },
      }
    },
  }
  const source = join(folder, 'way')
  const watcher = await watchWithParcel(
    {paths: [toByteString(source)], isExcluded: (path) => path.includes('/left-out')},
    {touch: (path, isDeep) => told.push(path.slice(source.length) + (isDeep ? '/**' : '')), lose: (loss) => told.push(`lost: ${loss}`)},
    {library, platform: 'darwin'},
  )
  return {watcher, told, real: realpathSync(source), tell: (...args: Parameters<Callback>) => tell(...args), hasEnded: () => hasEnded}
}

test('parcel: events are told of the path that was named, whatever leads to it', async (t) => {
  const {watcher, told, real, tell} = await watchFake(t)
  tell(null, [
    {path: join(real, 'a/new'), type: 'create'},
    {path: join(real, 'a/written'), type: 'update'},
    {path: join(real, 'gone'), type: 'delete'},
    {path: join(real, 'é'), type: 'update'},
    {path: join(real, 'left-out/x'), type: 'update'},
    {path: real, type: 'update'},
  ])
  t.deepEqual(told, ['/a/new/**', '/a/written', '/gone', toByteString('/é'), ''])
  t.true(watcher.isExact)
})

test('parcel: of a name that is no text the folder is told, with everything below', async (t) => {
  const {told, real, tell} = await watchFake(t)
  tell(null, [
    {path: join(real, 'a/b/\ufffd/c'), type: 'update'},
    {path: join(real, '\ufffd'), type: 'delete'},
  ])
  t.deepEqual(told, ['/a/b/**', '/**'])
})

test('parcel: events that were dropped are told as lost, and the end of it ends the subscription', async (t) => {
  const {watcher, told, tell, hasEnded} = await watchFake(t)
  tell(new Error('Events were dropped by the FSEvents client. File system must be re-scanned.'), [])
  t.deepEqual(told, ['lost: failed'])
  await watcher.close()
  t.true(hasEnded())
})

test('parcel: a limit of the system is told with what raises it', async (t) => {
  const error = await t.throwsAsync(
    watchFake(t, () => Promise.reject(new Error("inotify_add_watch on '/x' failed: No space left on device"))),
    {code: 'watch-limit'},
  )
  t.regex((error as Error & {hint: string}).hint, /max_user_watches/)
  await t.throwsAsync(
    watchFake(t, () => Promise.reject(new Error('Permission denied'))),
    {code: 'io-failed'},
  )
})

test('parcel: the library itself is subscribed to, and tells', async (t) => {
  const folder = realpathSync(temporaryFolder(t))
  const told: string[] = []
  const watcher = await watchWithParcel(
    {paths: [toByteString(folder)], isExcluded: () => false},
    {touch: (path) => told.push(path), lose: () => undefined},
  )
  mkdirSync(join(folder, 'new'))
  await until(() => told.includes(join(folder, 'new')))
  t.is(watcher.isExact, process.platform !== 'linux')
  await watcher.close()
})
