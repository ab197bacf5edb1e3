import {statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {makeFolders} from '../../src/util/make-folders.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const onLinux = process.platform === 'linux' ? test : test.skip

test('make folders: all that are missing, for their owner, by several at once', async (t) => {
  const path = join(temporaryFolder(t), 'a', 'b', 'c')
  await Promise.all([makeFolders(path), makeFolders(path), makeFolders(join(path, '..'))])
  await makeFolders(path)
  for (const each of [path, join(path, '..')]) t.is(statSync(each).mode & 0o777, 0o700)
})

test('make folders: a file in the way is an error', async (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  await t.throwsAsync(makeFolders(file), {code: 'EEXIST'})
  await t.throwsAsync(makeFolders(join(file, 'below')), {code: 'ENOTDIR'})
})

onLinux('make folders: ends where none can be made and nothing is missing above (only Linux has /proc)', async (t) => {
  await t.throwsAsync(makeFolders('/proc/pocket/cache'), {code: 'ENOENT'})
})
