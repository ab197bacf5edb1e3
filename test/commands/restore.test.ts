import {readFile, rm, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, createSnapshot, errorOf} from './run-pocket.js'

const FILES = {'a.txt': 'one', 'sub/b.txt': 'two', 'sub/c.tmp': 'three', 'empty/': ''}

test.serial('restore: everything, into a folder that is made', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const {stdout} = await home.succeed(['restore', '--repository', repository, 'latest', '--target', 'out'])
  t.regex(stdout, /^3 files \(11 B\), 2 directories/)
  t.regex(stdout, /\nsnapshot [0-9a-f]{8} restored to .*out\n$/)
  t.is(await readFile(join(home.path, 'out/sub/b.txt'), 'utf8'), 'two')
  t.true((await stat(join(home.path, 'out/empty'))).isDirectory())
})

test.serial('restore: a part, by path and by patterns', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  await home.succeed(['restore', '--repository', repository, 'latest:sub', '--target', 'out', '--exclude', '*.tmp'])
  t.is(await readFile(join(home.path, 'out/b.txt'), 'utf8'), 'two')
  await t.throwsAsync(stat(join(home.path, 'out/c.tmp')), {code: 'ENOENT'})
  const result = (await home.json(['restore', '--repository', repository, 'latest', '--target', 'one', '--include', '*.tmp'])).at(-1)
  t.like(result, {schema: 1, type: 'summary', files: 1, bytes: 5, failed: 0, dry_run: false, target: join(home.path, 'one')})
})

test.serial('restore: a target that differs is left alone, unless told to overwrite', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await writeFile(join(source, 'a.txt'), 'mine')
  await rm(join(source, 'sub/b.txt'))
  const words = ['restore', '--repository', repository, 'latest', '--json']
  const refused = await home.run(words)
  t.like(errorOf(refused), {code: 'target-differs', exit_code: 1})
  t.regex(errorOf(refused).hint, /--overwrite/)
  t.is(await readFile(join(source, 'a.txt'), 'utf8'), 'mine')
  await t.throwsAsync(stat(join(source, 'sub/b.txt')), {code: 'ENOENT'})
  const result = (await home.json([...words.slice(0, -1), '--overwrite'])).at(-1)
  t.like(result, {files: 2, unchanged: 1, target: source})
  t.is(await readFile(join(source, 'a.txt'), 'utf8'), 'one')
})

test.serial('restore: a dry run lists, and writes nothing', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const words = ['restore', '--repository', repository, 'latest', '--target', 'out', '--dry-run']
  const {stdout} = await home.succeed(words)
  t.regex(stdout, /^create +file +sub\/b\.txt$/m)
  t.regex(stdout, /\ndry run: 3 files \(11 B\), 2 directories would be restored to .*out\n$/)
  const lines = await home.json(words)
  t.true(lines.some(({type, path, kind, action}) => type === 'would_restore' && path === 'a.txt' && kind === 'file' && action === 'create'))
  await t.throwsAsync(stat(join(home.path, 'out')), {code: 'ENOENT'})
})

test.serial('restore: a snapshot or a path that is not there is an error', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const fail = async (reference: string) =>
    errorOf(await home.run(['restore', '--repository', repository, reference, '--target', 'out', '--json']))
  t.like(await fail('ffffffff'), {code: 'snapshot-missing', exit_code: 1})
  t.like(await fail('latest~7'), {code: 'snapshot-missing', exit_code: 1})
  t.like(await fail('latest:nowhere'), {code: 'path-missing', exit_code: 1})
  t.like(await fail('not an id'), {code: 'usage', exit_code: 2})
})

test.serial('restore: times come back to the nanosecond', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await utimes(join(source, 'a.txt'), 1_000_000_000.5, 1_234_567_890.123_456_7)
  await home.succeed(['snapshot', '--repository', repository, source])
  await home.succeed(['restore', '--repository', repository, 'latest', '--target', 'out'])
  const before = await stat(join(source, 'a.txt'), {bigint: true})
  const after = await stat(join(home.path, 'out/a.txt'), {bigint: true})
  t.is(after.mtimeNs, before.mtimeNs)
})
