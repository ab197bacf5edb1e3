import {join} from 'node:path'
import test from 'ava'
import {createHome, createSnapshot, errorOf} from './run-pocket.js'

test.serial('cache: shown and cleared, by repository or all of it', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one'})
  const [cache] = await home.json(['cache'])
  t.like(cache, {schema: 1, type: 'cache', directory: join(home.path, '.cache/pocket')})
  t.is(cache.repositories.length, 1)
  const [{repository_id: id, size_bytes: size, last_used: time}] = cache.repositories
  t.true(size > 0)
  t.regex(time, /^\d{4}-.*\.\d{9}Z$/)
  t.regex((await home.succeed(['cache', 'list'])).stdout, new RegExp(`^${id.slice(0, 8)} `, 'm'))
  t.like(errorOf(await home.run(['cache', 'clear', 'ffff', '--json'])), {code: 'path-missing'})
  t.deepEqual(await home.json(['cache', 'clear', id]), [{schema: 1, type: 'cache_cleared', size_bytes: size}])
  t.is((await home.succeed(['cache', 'clear'])).stdout, '0 B given back\n')
  await home.succeed(['list', '--repository', repository])
})

test.serial('cache: --cache-directory moves it, --no-cache does without', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one'})
  await home.succeed(['cache', 'clear'])
  await home.succeed(['ls', '--repository', repository, 'latest', '--no-cache'])
  t.is((await home.json(['cache']))[0].repositories.length, 0)
  await home.succeed(['ls', '--repository', repository, 'latest'], {environment: {POCKET_CACHE_DIRECTORY: 'mine'}})
  t.is((await home.json(['cache', '--cache-directory', 'mine']))[0].repositories.length, 1)
  t.is((await home.json(['cache']))[0].repositories.length, 0)
})
