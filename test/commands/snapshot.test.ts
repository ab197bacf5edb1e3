import {spawnSync} from 'node:child_process'
import {chmod, mkdir, readdir, rename, stat, symlink, writeFile} from 'node:fs/promises'
import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import test from 'ava'
import {onRestrictedSerial, WHERE_RESTRICTED} from '../users.js'
import {createHome, createSnapshot, errorOf, parseLines, PROGRAM, writeTree} from './run-pocket.js'

test.serial('snapshot: with nothing configured, one command makes the embedded repository and says where it is', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one', 'notes/b/c.txt': 'two'})
  const data = join(home.path, '.local/share/pocket')
  const first = await home.succeed(['snapshot', 'notes'])
  for (const text of [join(data, 'repository'), join(data, 'repository.key'), `cp ${join(data, 'repository.key')} `]) {
    t.true(first.stderr.includes(text), text)
  }
  t.is((await stat(join(data, 'repository.key'))).mode & 0o777, 0o600)
  t.regex(first.stdout, /\nsnapshot [0-9a-f]{8} saved\n$/)
  for (const character of ['\u001b', '\r'])
    t.false((first.stdout + first.stderr).includes(character), 'no progress and no colours in a pipe')
  const second = await home.succeed(['snapshot', 'notes'])
  t.is(second.stderr, '')
  t.regex(second.stdout, /files +0 +0 +2\n/)
})

test.serial('snapshot: when the generated key is lost, the message says where it was', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one'})
  await home.succeed(['snapshot', 'notes'])
  const key = join(home.path, '.local/share/pocket/repository.key')
  await rename(key, join(home.path, 'elsewhere'))
  const lost = await home.run(['list'])
  t.is(lost.code, 1)
  t.true(lost.stderr.includes(`put your copy of it back at '${key}', or name it with --key-file`), lost.stderr)
  await home.succeed(['list', '--key-file', 'elsewhere'])
})

test.serial('snapshot: --json gives a line an event and the summary last', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one'})
  const outcome = await home.succeed([
    'snapshot',
    'notes',
    '--tag',
    'x',
    '--tag',
    'y',
    '--host',
    'h',
    '--time',
    '2026-03-01T12:00:00Z',
    '--json',
  ])
  const lines = parseLines(outcome.stdout)
  t.true(lines.every(({schema}) => schema === 1))
  t.like(lines[0], {type: 'repository_made', location: join(home.path, '.local/share/pocket/repository')})
  t.like(lines[1], {type: 'started', paths: [join(home.path, 'notes')], parent_id: null})
  const summary = lines.at(-1)
  t.like(summary, {
    type: 'summary',
    dry_run: false,
    parent_id: null,
    files: {new: 1, changed: 0, unchanged: 0},
    bytes_read: 3,
    unreadable: 0,
    changed_while_read: 0,
    skipped: 0,
    total: {files: 1, directories: 0, links: 0, others: 0, bytes: 3, unreadable: 0},
  })
  for (const field of ['elapsed_ms', 'bytes_added', 'bytes_stored', 'chunks_new']) t.is(typeof summary?.[field], 'number', field)
  t.like(parseLines(outcome.stderr)[0], {schema: 1, type: 'notice'})
  const [{snapshots}] = await home.json(['list'])
  t.like(snapshots[0], {id: summary?.snapshot_id, time: '2026-03-01T12:00:00.000000000Z', host: 'h', tags: ['x', 'y'], parent_id: null})
  const again = await home.json(['snapshot', 'notes', '--host', 'h', '--quiet'])
  t.deepEqual(
    again.map(({type}) => type),
    ['summary'],
  )
  t.is(again[0].parent_id, summary?.snapshot_id)
})

test.serial('snapshot: a dry run stores nothing, --force reads again, --exclude leaves out', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one', 'b.tmp': 'two'})
  const base = ['snapshot', '--repository', repository, 'source']
  const dry = await home.succeed([...base, '--dry-run'])
  t.regex(dry.stdout, /\ndry run: nothing was stored\n$/)
  const forced = (await home.json([...base, '--force', '--exclude', '*.tmp'])).at(-1)
  t.like(forced, {bytes_read: 3, total: {files: 1}})
  const fresh = (await home.json([...base, '--parent', 'none', '--compression', 'off', '--workers', '1'])).at(-1)
  t.like(fresh, {parent_id: null, files: {new: 2, changed: 0, unchanged: 0}})
  t.is((await home.succeed([...base, '--quiet'])).stdout.split('\n').length, 2)
  t.is((await home.json(['list', '--repository', repository]))[0].snapshots.length, 4)
})

onRestrictedSerial(`snapshot: what cannot be read is told and the rest is saved, with exit code 3${WHERE_RESTRICTED}`, async (t) => {
  const home = await createHome(t, {isRestricted: true})
  await writeTree(home.path, {'notes/a.txt': 'one', 'notes/secret.txt': 'two', 'notes/closed/c.txt': 'three'})
  await chmod(join(home.path, 'notes/secret.txt'), 0)
  await chmod(join(home.path, 'notes/closed'), 0)
  const outcome = await home.run(['snapshot', 'notes'])
  t.is(outcome.code, 3)
  t.regex(outcome.stderr, /pocket: cannot read '.*notes\/secret\.txt': /)
  t.regex(outcome.stderr, /pocket: cannot read '.*notes\/closed': /)
  t.regex(outcome.stderr, /pocket: 2 entries could not be read; all the rest is in the snapshot\n$/)
  t.regex(outcome.stdout, /\nsnapshot [0-9a-f]{8} saved\n$/)
  const again = await home.run(['snapshot', 'notes', '--json'])
  t.is(again.code, 3)
  const lines = parseLines(again.stdout)
  t.is(lines.filter(({type}) => type === 'unreadable').length, 2)
  t.like(lines.at(-1), {type: 'summary', unreadable: 2})
})

test.serial('snapshot: a repository inside of the folder is skipped, and said to be', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'folder/a.txt': 'one'})
  await home.succeed(['init', '--repository', 'folder/r', '--no-encryption'])
  const outcome = await home.succeed(['snapshot', '--repository', 'folder/r', '--no-cache', 'folder'])
  t.regex(outcome.stderr, /^pocket: skipped '.*folder\/r': it is the repository itself\n$/)
  const {stdout} = await home.succeed(['ls', '--repository', 'folder/r', '--no-cache', 'latest', '-R'])
  t.is(stdout, 'a.txt\n')
})

test.serial('snapshot: names that would move the cursor are shown escaped, and exact in JSON', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'evil\u001b[2J\n.txt': 'x', 'größe.txt': 'y'})
  await writeFile(Buffer.concat([Buffer.from(join(home.path, 'source/')), Buffer.from([0x66, 0xff])]), 'z')
  await symlink('\u001b[31m', join(home.path, 'source/link'))
  await home.succeed(['snapshot', '--repository', repository, 'source'])
  const {stdout} = await home.succeed(['ls', '-l', '--repository', repository, 'latest'])
  t.false(stdout.includes('\u001b'))
  t.true(stdout.includes('evil\\x1b[2J\\x0a.txt'))
  const [{entries}] = await home.json(['ls', '--repository', repository, 'latest'])
  const paths = entries.map(({path}: {path: string}) => path)
  t.deepEqual(paths, ['evil\u001b[2J\n.txt', 'f\\xff', 'größe.txt', 'link'])
  t.is(entries[1].path_base64, Buffer.from([0x66, 0xff]).toString('base64'))
  t.is(entries[0].path_base64, undefined)
})

test.serial('snapshot: Ctrl-C ends with 130, saves no complete snapshot, leaves a repository that works', async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, 'source'))
  for (let index = 0; index < 4; index++) await writeFile(join(home.path, `source/${index}`), randomBytes(6 << 20))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // One each: what the first run leaves would have the second soon be done.
    await home.succeed(['init', '--repository', signal, '--no-encryption'])
    const words = ['snapshot', '--repository', signal, 'source', '--workers', '1', '--compression', 'max', '--json']
    const outcome = await home.run(words, {
      // Once only: the second signal ends the process at once.
      onStart: (child) => {
        const kill = (text: string): void => {
          if (text.includes('"progress"') && child.kill(signal)) child.stdout.off('data', kill)
        }
        child.stdout.on('data', kill)
      },
    })
    t.is(outcome.code, 130, outcome.stderr)
    t.like(errorOf(outcome), {code: 'interrupted', exit_code: 130})
    t.regex(errorOf(outcome).message, /no complete snapshot was saved/)
    const left = (await home.json(['list', '--repository', signal]))[0].snapshots as {incomplete: boolean}[]
    t.true(left.every(({incomplete}) => incomplete))
    const result = (await home.json(words.slice(0, -1))).at(-1)
    t.like(result, {total: {files: 4}})
  }
})

test.serial('snapshot: a path or a parent that is not there is an error, and nothing is stored', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one'})
  const base = ['snapshot', '--repository', repository, '--json']
  t.like(errorOf(await home.run([...base, 'nowhere'])), {code: 'path-missing', exit_code: 1})
  t.like(errorOf(await home.run([...base, 'source', '--parent', 'ffff'])), {code: 'snapshot-missing', exit_code: 1})
  t.like(errorOf(await home.run([...base, 'source', '--time', 'teatime'])), {code: 'usage', exit_code: 2})
  t.like(errorOf(await home.run([...base, 'source', '--compression', 'zip'])), {code: 'usage', exit_code: 2})
  t.like(errorOf(await home.run([...base, 'source', '--workers', '0'])), {code: 'usage', exit_code: 2})
  t.is((await home.json(['list', '--repository', repository]))[0].snapshots.length, 1)
})

test.serial('snapshot: what stores nothing makes no embedded repository', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one'})
  t.like(errorOf(await home.run(['snapshot', 'nothing', '--json'])), {code: 'path-missing'})
  for (const words of [['--dry-run'], ['--parent', 'abcd']]) {
    t.like(errorOf(await home.run(['snapshot', 'notes', '--json', ...words])), {code: 'repository-missing'})
  }
  t.deepEqual(await readdir(home.path), ['notes'])
})

test.serial('snapshot: an argument that is not UTF-8 is refused, for Node has changed it', async (t) => {
  if (process.platform !== 'linux') return t.pass('only Linux can tell')
  const home = await createHome(t)
  const {stderr} = spawnSync('sh', ['-c', `'${process.execPath}' '${PROGRAM}' snapshot "$(printf 'name\\377')" \ufffd`], {
    env: {PATH: process.env.PATH, HOME: home.path},
    encoding: 'utf8',
  })
  t.regex(stderr, /is not UTF-8.*command line/)
  // As a name it is as good as any.
  t.like(errorOf(await home.run(['snapshot', 'name\ufffd', '--json'])), {code: 'path-missing'})
})
