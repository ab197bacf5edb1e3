/** The commands that only look: list, ls, diff, cat, stats. */
import {spawn, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {onRestrictedSerial, WHERE_RESTRICTED} from '../users.js'
import {createHome, createSnapshot, errorOf, type JsonObject, parseLines, PROGRAM, writeTree} from './run-pocket.js'

const FILES = {'a.txt': 'one\n', 'b.txt': 'two\n', 'sub/c.txt': 'three\n', 'type.txt': 'x'}

test.serial('list: a table, oldest first, filtered by host, path and tag', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await home.succeed([
    'snapshot',
    '--repository',
    repository,
    '--host',
    'tower',
    '--tag',
    'daily',
    '--time',
    '2030-01-02 03:04:05',
    'source/sub',
  ])
  const {stdout} = await home.succeed(['list', '--repository', repository])
  const [titles, first, second, blank, count] = stdout.split('\n')
  t.regex(titles, /^ID +Date +Host +Tags +Paths +Files +Size$/)
  t.true(first.includes(source))
  t.regex(second, /^[0-9a-f]{8} {2}2030-01-02 03:04:05 {2}tower +daily +\S+source\/sub +1 +6 B$/)
  t.deepEqual([blank, count], ['', '2 snapshots'])
  const filtered = async (...flags: string[]) => (await home.json(['list', '--repository', repository, ...flags]))[0].snapshots.length
  t.is(await filtered('--host', 'tower'), 1)
  t.is(await filtered('--tag', 'weekly'), 0)
  t.is(await filtered('--path', source), 1)
  t.is(await filtered('--latest', '1', '--host', 'tower', '--tag', 'daily'), 1)
})

test.serial('ls: one level, all levels, a part, and the long form', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await chmod(join(source, 'a.txt'), 0o4750)
  await home.succeed(['snapshot', '--repository', repository, 'source'])
  const ls = async (...words: string[]) => (await home.succeed(['ls', '--repository', repository, ...words])).stdout
  t.is(await ls('latest'), 'a.txt\nb.txt\nsub\ntype.txt\n')
  t.is(await ls('latest', '--recursive'), 'a.txt\nb.txt\nsub\nsub/c.txt\ntype.txt\n')
  t.is(await ls('latest:sub'), 'sub/c.txt\n')
  t.regex(await ls('latest:a.txt', '-l'), /^-rwsr-x--- +\d+ +\d+ +4 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d a\.txt\n$/)
  const [{entries, ...rest}] = await home.json(['ls', '--repository', repository, 'latest:a.txt'])
  t.like(rest, {schema: 1, type: 'entries', reference: 'latest:a.txt'})
  t.like(entries[0], {path: 'a.txt', kind: 'file', mode: 0o4750, size_bytes: 4, target: null, error: null})
  t.regex(entries[0].mtime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
})

test.serial('diff: every kind of change has its sign, and totals come last; a live folder may stand for the second', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, FILES)
  await writeTree(source, {'a.txt': 'one and more\n', 'new.txt': 'new'})
  await chmod(join(source, 'sub/c.txt'), 0o600)
  await rm(join(source, 'b.txt'))
  await rm(join(source, 'type.txt'))
  await writeTree(source, {'type.txt/': ''})
  const expected = [/^M {2}a\.txt {2}\(4 B -> 13 B\)$/m, /^- {2}b\.txt/m, /^\+ {2}new\.txt/m, /^m {2}sub\/c\.txt$/m, /^T {2}type\.txt/m]
  const live = await home.succeed(['diff', '--repository', repository, 'latest', source])
  for (const line of expected) t.regex(live.stdout, line)
  await home.succeed(['snapshot', '--repository', repository, 'source'])
  const stored = await home.succeed(['diff', '--repository', repository, 'latest~1', 'latest'])
  for (const line of expected) t.regex(stored.stdout, line)
  t.regex(stored.stdout, /\n\nM {2}|\n\n\+ {2}1 file \(3 B\) added\n/)
  const [json] = await home.json(['diff', '--repository', repository, 'latest~1', 'latest'])
  t.like(json, {schema: 1, type: 'diff', from: 'latest~1', to: 'latest', totals: {content: {files: 1, bytes_before: 4, bytes_after: 13}}})
  t.true(
    json.changes.some((change: object) =>
      JSON.stringify(change).includes('"path":"a.txt","kind":"file","change":"content","size_before":4,"size_after":13'),
    ),
  )
  t.is((await home.succeed(['diff', '--repository', repository, 'latest', 'latest'])).stdout, 'no changes\n')
})

onRestrictedSerial(
  `diff: what of a live folder cannot be read is told, nothing is said of it, and the exit code is 3${WHERE_RESTRICTED}`,
  async (t) => {
    const home = await createHome(t, {isRestricted: true})
    await writeTree(home.path, {
      'notes/a.txt': 'one',
      'notes/changed.txt': 'one',
      'notes/closed/c.txt': 'three',
      'notes/blind/d.txt': 'four',
    })
    await home.succeed(['snapshot', 'notes'])
    await writeTree(home.path, {'notes/a.txt': 'two', 'notes/changed.txt': 'two'})
    await chmod(join(home.path, 'notes/a.txt'), 0)
    await chmod(join(home.path, 'notes/closed'), 0)
    await chmod(join(home.path, 'notes/blind'), 0o444)
    const outcome = await home.run(['diff', 'latest', './notes'])
    t.is(outcome.code, 3)
    const told = [...outcome.stderr.matchAll(/^pocket: warning: cannot (\w+) .*'.*notes\/(\S+)': EACCES$/gm)].map(
      ([, verb, name]) => `${verb} ${name}`,
    )
    t.deepEqual(told.sort(), ['list closed', 'look blind/d.txt', 'read a.txt'])
    const again = await home.run(['diff', 'latest', './notes', '--json'])
    t.is(again.code, 3)
    t.deepEqual(
      parseLines(again.stdout)[0].changes.map(({change, path}: JsonObject) => `${change} ${path}`),
      ['metadata blind', 'content changed.txt', 'metadata closed'],
    )
  },
)

test.serial('diff: a live folder is looked at with the excludes of the snapshot, and may be named by a link', async (t) => {
  const home = await createHome(t)
  await writeTree(home.path, {'notes/a.txt': 'one', 'notes/b.log': 'two'})
  await home.succeed(['snapshot', 'notes', '--exclude', '*.log'])
  await symlink('notes', join(home.path, 'link'))
  for (const folder of ['./notes', './link']) {
    const [{changes}] = await home.json(['diff', 'latest', folder])
    t.deepEqual(changes, [], folder)
  }
})

onRestrictedSerial(`diff: nothing is said of what one of the snapshots could not read${WHERE_RESTRICTED}`, async (t) => {
  const home = await createHome(t, {isRestricted: true})
  await writeTree(home.path, {'notes/a.txt': 'one', 'notes/secret': 'two', 'notes/closed/c.txt': 'three'})
  await home.succeed(['snapshot', 'notes'])
  await chmod(join(home.path, 'notes/secret'), 0)
  await chmod(join(home.path, 'notes/closed'), 0)
  t.is((await home.run(['snapshot', 'notes'])).code, 3)
  for (const sides of [
    ['latest~1', 'latest'],
    ['latest', 'latest~1'],
  ]) {
    const [{changes, totals}] = await home.json(['diff', ...sides])
    t.deepEqual(changes, [], sides.join(' '))
    t.is(totals.unknown.entries, 2)
  }
})

test.serial('ls and cat: a file that changed while it was read is said to have', async (t) => {
  const home = await createHome(t)
  // Long enough that each reading of it meets a change.
  await writeTree(home.path, {'notes/growing': 'x'.repeat(20_000_000)})
  const growing = join(home.path, 'notes/growing')
  const appender = spawn('sh', ['-c', 'while :; do echo line; done >> "$0"', growing])
  t.teardown(() => appender.kill('SIGKILL'))
  let listed = ''
  for (let attempt = 0; attempt < 10 && !listed.includes('['); attempt++) {
    await home.succeed(['snapshot', 'notes', '--force'])
    listed = (await home.succeed(['ls', 'latest'])).stdout
  }
  appender.kill('SIGKILL')
  t.is(listed, 'growing [changed while it was read]\n')
  const cat = await home.succeed(['cat', 'latest:growing'])
  t.regex(cat.stdout.slice(0, 20_000_100), /^x+line\nline\n/)
  t.regex(cat.stderr, /^pocket: warning: 'growing' changed while it was read/)
})

test.serial('cat: the bytes of a file as they were, or in base64', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.bin': 'one\u0000two'})
  t.is((await home.succeed(['cat', '--repository', repository, 'latest:a.bin'])).stdout, 'one\u0000two')
  const lines = await home.json(['cat', '--repository', repository, 'latest:a.bin'])
  t.deepEqual(lines, [
    {schema: 1, type: 'bytes', offset: 0, base64: Buffer.from('one\u0000two').toString('base64')},
    {schema: 1, type: 'summary', bytes: 7},
  ])
  t.like(errorOf(await home.run(['cat', '--repository', repository, 'latest:nowhere', '--json'])), {code: 'path-missing'})
  t.is((await home.run(['cat', '--repository', repository, 'latest'])).code, 2)
})

test.serial('stats: the figures of the repository', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, FILES)
  const {stdout} = await home.succeed(['stats', '--repository', repository])
  for (const word of ['snapshots', 'files', 'restorable', 'deduplicated', 'stored', 'ratio']) t.regex(stdout, new RegExp(`^${word} `, 'm'))
  const [stats] = await home.json(['stats', '--repository', repository])
  t.like(stats, {schema: 1, type: 'stats', snapshots: 1, files: 4, bytes: 15})
  for (const field of ['chunks', 'unique_bytes', 'stored_bytes', 'packs', 'objects']) t.is(typeof stats[field], 'number', field)
  for (const field of ['deduplication', 'compression', 'total']) t.is(typeof stats.ratios[field], 'number', field)
})

test.serial('a reader that goes away ends the listing without a word', async (t) => {
  const home = await createHome(t)
  const files = Object.fromEntries(Array.from({length: 3000}, (_, index) => [`${'long-name-'.repeat(15)}${index}`, '']))
  const {repository} = await createSnapshot(home, files)
  const outcome = await home.run(['ls', '--repository', repository, 'latest', '--json'], {
    onStart: (child) => child.stdout.once('data', () => child.stdout.destroy()),
  })
  t.is(outcome.code, 0)
  t.is(outcome.stderr, '')
})

test.serial('a beginning of an id that several snapshots share is an error that names them', async (t) => {
  const home = await createHome(t)
  const {repository, source} = await createSnapshot(home, {'a.txt': 'one'})
  const {openRepository, takeSnapshot} = await import('../../src/index.js')
  const opened = await openRepository({location: repository, secret: {type: 'none'}})
  for (let count = 0; count < 16; count++) await takeSnapshot(opened, {paths: [source]})
  await opened.close()
  const [{snapshots}] = await home.json(['list', '--repository', repository])
  const digits = snapshots.map(({id}: {id: string}) => id[0])
  const shared = digits.find((digit: string, index: number) => digits.indexOf(digit) !== index)
  const error = errorOf(await home.run(['ls', '--repository', repository, shared, '--json']))
  t.like(error, {code: 'snapshot-ambiguous', exit_code: 1})
  const candidate = snapshots.find(({id}: {id: string}) => id.startsWith(shared)).id.slice(0, 8)
  t.true(error.hint.includes(candidate), error.hint)
})

test.serial('bad repositories: each says what it is, and what to do', async (t) => {
  const home = await createHome(t)
  const fail = async (repository: string) => errorOf(await home.run(['list', '--repository', repository, '--json']))
  t.like(await fail('nowhere'), {code: 'repository-missing', exit_code: 10})
  t.like(errorOf(await home.run(['list', '--json'])), {code: 'repository-missing', exit_code: 10})
  await writeTree(home.path, {'folder/file.txt': 'x', file: 'x'})
  for (const place of ['folder', 'file']) {
    const error = await fail(place)
    t.true(['repository-missing', 'not-a-repository'].includes(error.code), error.code)
    t.true(error.message.includes(join(home.path, place)), error.message)
    t.is(typeof error.hint, 'string')
  }
  t.like(await fail('sftp://host/x'), {code: 'usage', exit_code: 2})
  const {repository} = await createSnapshot(home, {'a.txt': 'one'})
  await writeFile(join(repository, 'config'), 'xx')
  t.like(await fail(repository), {code: 'damaged-config', exit_code: 1})
})

test.serial('a missing pack is named, and the rest of the repository still shows', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one'})
  await rename(join(repository, 'chunks'), join(repository, 'gone'))
  await home.succeed(['list', '--repository', repository])
  const outcome = await home.run(['restore', '--repository', repository, 'latest', '--target', 'out', '--json', '--no-cache'])
  t.is(outcome.code, 1)
  t.false(/ {4}at /.test(outcome.stderr), outcome.stderr)
})

test.serial('output: what cannot be written is an error, whichever command it is of', async (t) => {
  if (!existsSync('/dev/full')) return t.pass('only where there is /dev/full')
  const home = await createHome(t)
  await createSnapshot(home, FILES)
  for (const words of [['list'], ['stats', '--json'], ['ls', 'latest'], ['help'], ['--version']]) {
    const script = `'${process.execPath}' '${PROGRAM}' ${words.join(' ')} >/dev/full`
    const {status, stderr} = spawnSync('sh', ['-c', script], {
      env: {PATH: process.env.PATH, HOME: home.path, POCKET_REPOSITORY: join(home.path, 'repository')},
      encoding: 'utf8',
    })
    t.is(status, 1, words.join(' '))
    t.is(stderr, 'pocket: cannot write the output: ENOSPC\n')
  }
})

test.serial('objects: each with its kind, then totals; a price table means nothing for a folder', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {a: 'one', b: 'two'})
  const {stdout} = await home.succeed(['objects', '--repository', repository])
  t.regex(stdout, /^data pack +\d+ B +\d+ s {2}chunks\/[0-9a-f]{2}\/[0-9a-f]{64}$/m)
  t.regex(stdout, /^snapshot +1 +\d+ B$/m)
  t.regex(stdout, /^total +5 +[\d.]+ (B|KiB)$/m)
  const [json] = await home.json(['objects', '--repository', repository])
  t.like(json, {schema: 1, type: 'objects', location: repository, storage_cost: null})
  t.is(json.totals.objects, json.objects.length)
  t.deepEqual(Object.keys(json.objects[0]), ['name', 'kind', 'size_bytes', 'modified'])
  t.is(json.totals.kinds.tree_pack.objects, 1)
  const refused = await home.run(['objects', '--repository', repository, '--price-table', 'p'])
  t.is(refused.code, 2)
  t.regex(refused.stderr, /--price-table would do nothing/)
})

test.serial('buckets: without credentials it says what is missing, and asks nobody', async (t) => {
  const home = await createHome(t)
  const environment = {AWS_EC2_METADATA_DISABLED: 'true'}
  const outcome = await home.run(['buckets', '--endpoint', 'http://127.0.0.1:1', '--json'], {environment})
  t.is(outcome.code, 1)
  t.is(errorOf(outcome).code, 'credentials-missing')
})

test.serial('buckets: each attempt at a server that is not there is told, and the end names it', async (t) => {
  const home = await createHome(t)
  const environment = {AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'hunter2'}
  const outcome = await home.run(['buckets', '--endpoint', 'http://127.0.0.1:1', '--json'], {environment})
  t.is(outcome.code, 1)
  const lines = parseLines(outcome.stderr)
  t.deepEqual(
    lines.map(({type, attempt, attempts}) => ({type, attempt, attempts})),
    [...[2, 3, 4].map((attempt) => ({type: 'retry', attempt, attempts: 4})), {type: 'error', attempt: undefined, attempts: undefined}],
  )
  t.like(lines.at(-1), {code: 'connection-failed', exit_code: 1})
  t.regex(lines.at(-1)?.message, /http:\/\/127\.0\.0\.1:1.*connection refused/)
  t.notRegex(outcome.stderr, /hunter2/)
})
