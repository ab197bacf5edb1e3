import {mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, createSnapshot, type Home, type JsonObject, writeTree} from './run-pocket.js'

async function changedSource(t: Parameters<typeof createHome>[0]): Promise<{home: Home; words: string[]}> {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'same.txt': 'same', 'edited.txt': 'old', 'old/gone.txt': 'gone'})
  const source = join(home.path, 'source')
  await writeTree(source, {'edited.txt': 'other', 'fresh/new.txt': 'new', 'left-out.tmp': ''})
  await rm(join(source, 'old'), {recursive: true})
  await mkdir(join(source, 'empty'))
  await symlink('nowhere', join(source, 'link'))
  await writeFile(Buffer.concat([Buffer.from(join(source, 'f')), Buffer.from([0xff])]), 'z')
  return {home, words: ['snapshot', '--repository', repository, 'source', '--review', '--exclude', '*.tmp']}
}

async function snapshotCount(home: Home): Promise<number> {
  return (await home.json(['list', '--repository', 'repository']))[0].snapshots.length
}

test.serial('review: in a pipe the list is shown, and everything is saved without a question', async (t) => {
  const {home, words} = await changedSource(t)
  const {stdout, stderr} = await home.succeed(words)
  t.is(stderr, '')
  t.regex(stdout, /^compared with snapshot [0-9a-f]{8}\n\nnew: /)
  for (const text of [
    'new: 2 files, 1 directory, 1 link (4 B)\n  + empty/\n  + f\\xff  (1 B)\n  + fresh/new.txt  (3 B)\n  + link\n\n',
    'modified: 1 file (3 B -> 5 B)\n  M edited.txt  (3 B -> 5 B)\n\n',
    'deleted: 1 file (4 B)\n  - old/gone.txt  (4 B)\n\n',
    'up to date: 1 file (4 B)\n\n',
  ]) {
    t.true(stdout.includes(text), `${text} in ${stdout}`)
  }
  t.regex(stdout, /\nsnapshot [0-9a-f]{8} saved\n$/)
  const again = await home.succeed([...words, '--quiet'])
  t.regex(
    again.stdout,
    /^compared with snapshot [0-9a-f]{8}\n\nnothing has changed\nup to date: 4 files, 1 link \(13 B\)\n\nsnapshot [0-9a-f]{8} saved\n$/,
  )
})

test.serial('review: a dry run shows the list and stores nothing', async (t) => {
  const {home, words} = await changedSource(t)
  const {stdout} = await home.succeed([...words, '--dry-run'])
  t.true(stdout.includes('  M edited.txt  (3 B -> 5 B)\n'))
  t.regex(stdout, /\ndry run: nothing was stored\n$/)
  t.is(await snapshotCount(home), 1)
})

test.serial('review: --json gives one object with the list and the counts, and goes on', async (t) => {
  const {home, words} = await changedSource(t)
  const lines = await home.json(words)
  const [review] = lines
  t.like(review, {schema: 1, type: 'review'})
  t.is(typeof review.parent_id, 'string')
  t.deepEqual(review.totals, {
    new: {files: 2, directories: 1, links: 1, others: 0, bytes: 4},
    modified: {files: 1, directories: 0, links: 0, others: 0, bytes: 5, bytes_before: 3},
    deleted: {files: 1, directories: 0, links: 0, others: 0, bytes: 4},
    up_to_date: {files: 1, links: 0, bytes: 4},
    unreadable: {entries: 0},
  })
  const byPath = new Map<string, JsonObject>(review.changes.map((change: JsonObject) => [change.path, change]))
  t.deepEqual([...byPath.keys()].sort(), ['edited.txt', 'empty', 'f\\xff', 'fresh/new.txt', 'link', 'old/gone.txt'])
  t.deepEqual(byPath.get('edited.txt'), {path: 'edited.txt', kind: 'file', change: 'modified', size_before: 3, size_after: 5})
  t.deepEqual(byPath.get('empty'), {path: 'empty', kind: 'directory', change: 'new', size_before: null, size_after: null})
  t.is(byPath.get('f\\xff')?.path_base64, Buffer.from([0x66, 0xff]).toString('base64'))
  t.like(byPath.get('old/gone.txt'), {change: 'deleted', size_before: 4, size_after: null})
  t.is(lines[1].type, 'started')
  t.like(lines.at(-1), {type: 'summary', parent_id: review.parent_id, files: {new: 2, changed: 1, unchanged: 1}})
  const [{snapshots}] = await home.json(['list', '--repository', 'repository'])
  t.deepEqual(
    snapshots.map(({picked}: JsonObject) => picked),
    [false, false],
  )
})

test.serial('review: of a first snapshot everything is new, and a long list is shortened', async (t) => {
  const home = await createHome(t)
  const files = Object.fromEntries(Array.from({length: 300}, (_value, index) => [`d${index % 3}/f${index}`, 'x'.repeat(index)]))
  await writeTree(join(home.path, 'notes'), files)
  const {stdout} = await home.succeed(['snapshot', 'notes', '--review'])
  t.regex(stdout, /^no snapshot to compare with\n\nnew: 300 files \(43\.8 KiB\)\n/)
  t.regex(stdout, /\n {2}\+ d0\/ {2}\(100 files, 14\.5 KiB\)\n {2}\+ d1\/ .*\n {2}\+ d2\/ .*\n\n/)
})
