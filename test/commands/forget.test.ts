/** `pocket forget`, `undelete` and `prune` as a person and a program see them. */
import {readdir, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createDays, listed} from './days.js'
import {createHome, errorOf, type JsonObject} from './run-pocket.js'

async function packBytes(repository: string): Promise<number> {
  const entries = await readdir(join(repository, 'chunks'), {recursive: true, withFileTypes: true})
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({parentPath, name}) => (await stat(join(parentPath, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

test.serial('forget: a dry run shows each snapshot, why it stays or goes, and what would be given back', async (t) => {
  const home = await createHome(t)
  const {repository, source, ids} = await createDays(home, 4)
  const words = ['forget', '-r', repository, '--keep-last', '1', '--keep-weekly', '2', '--dry-run']
  const {stdout, stderr} = await home.succeed(words)
  const lines = stdout.split('\n')
  t.regex(lines[0], new RegExp(`^${source} of \\S+:$`))
  t.regex(lines[1], /^ +ID +Date +Tags +Unique +Why$/)
  t.regex(lines[2], /^keep {4}[0-9a-f]{8} {2}2026-11-04 12:00:00 {2}day4 +\S+ KiB {2}last 1, weekly 2026-W45$/)
  t.regex(lines[4], /^forget {2}[0-9a-f]{8} {2}2026-11-02 12:00:00 {2}day2 +\S+ KiB {2}no rule keeps it$/)
  t.regex(lines[5], /weekly 2026-W44$/)
  t.is(lines[7], 'would forget 2 snapshots, and keep 2')
  t.regex(lines[8], /^would give back \S+ KiB \(\d+,\d+ bytes\) in all, exactly, of which no snapshot needs .* already, with 'pocket prune/)
  t.is(stderr, '')
  t.is((await listed(home, repository)).length, 4)

  const [plan, summary] = await home.json([...words, '--quiet'])
  const [{host, paths, tags, snapshots}] = plan.groups as JsonObject[]
  t.deepEqual([plan.type, typeof host, paths, tags], ['plan', 'string', [source], null])
  t.deepEqual(
    (snapshots as JsonObject[]).map(({id, keep, reasons}) => ({id, keep, reasons})),
    [
      {
        id: ids[3],
        keep: true,
        reasons: [
          {rule: 'last', number: 1},
          {rule: 'weekly', bucket: '2026-W45'},
        ],
      },
      {id: ids[2], keep: false, reasons: [{rule: 'no_rule'}]},
      {id: ids[1], keep: false, reasons: [{rule: 'no_rule'}]},
      {id: ids[0], keep: true, reasons: [{rule: 'weekly', bucket: '2026-W44'}]},
    ],
  )
  t.true(snapshots[1].unique_bytes > 15_000)
  t.like(summary, {type: 'summary', dry_run: true, kept: 2, forgotten: [ids[2], ids[1]], gone: [], emptied: [], prune: null, traffic: null})
  t.true(summary.freed_bytes > summary.unneeded_bytes + 30_000)
})

test.serial('forget: what a dry run promised is what forget --prune gives back, and prune says so', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 4)
  const policy = ['--keep-last', '2']
  const promised = (await home.json(['forget', '-r', repository, ...policy, '-n'])).at(-1)?.freed_bytes as number
  const now = ['--prune', '--grace', '0', '--max-unused', '0']
  const planned = (await home.json(['forget', '-r', repository, ...policy, ...now, '-n'])).at(-1)
  t.is(planned?.prune.freed_bytes, promised)
  const before = await packBytes(repository)
  const lines = await home.json(['forget', '-r', repository, ...policy, ...now])
  const {prune, ...summary} = lines.at(-1)!
  t.like(summary, {dry_run: false, kept: 2, forgotten: [ids[1], ids[0]], freed_bytes: null, unneeded_bytes: null})
  t.like(prune, {dry_run: false, snapshots: 2, forgotten: 0, freed_bytes: promised, unused_bytes: 0})
  t.is(before - (await packBytes(repository)), promised)
  t.true(lines.some(({type}) => type === 'planned'))
  const check = await home.run(['check', '-r', repository, '--read-data'])
  t.is(check.code, 0, check.stderr)
})

test.serial(
  'forget, undelete, prune: forgotten snapshots can be listed and brought back until a prune after the grace period',
  async (t) => {
    const home = await createHome(t)
    const {repository, ids} = await createDays(home, 4)
    t.is((await home.succeed(['undelete', '-r', repository])).stdout, 'no forgotten snapshots\n')
    const {stdout} = await home.succeed(['forget', '-r', repository, ids[0], 'latest~2'])
    t.regex(stdout, /^ +ID .*\nforget .*named\nforget .*named\n\nforgot 2 snapshots, kept 2\n'pocket undelete' brings them back/)
    const list = (await home.succeed(['undelete', '-r', repository])).stdout
    t.regex(list, /^ID +Date +Host +Tags +Paths +Forgotten +By +Kept until\n/)
    t.regex(list, /day1 .*\d\d:\d\d:\d\d {2}\S+@\S+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/)
    const [{snapshots}] = await home.json(['undelete', '-r', repository])
    t.deepEqual((snapshots as JsonObject[]).map(({id}) => id as string).sort(), ids.slice(0, 2).sort())
    t.is(Date.parse(snapshots[0].kept_until) - Date.parse(snapshots[0].forgotten), 24 * 3600 * 1000)
    t.deepEqual(Object.keys(snapshots[0].forgotten_by), ['host', 'user'])

    t.regex((await home.succeed(['prune', '-r', repository])).stdout, /2 forgotten snapshots can still be brought back/)
    t.is((await home.succeed(['undelete', '-r', repository, ids[0].slice(0, 10)])).stdout, `snapshot ${ids[0].slice(0, 8)} is back\n`)
    t.deepEqual(
      (await listed(home, repository)).map(({id}) => id as string),
      [ids[0], ids[2], ids[3]],
    )
    t.is(errorOf(await home.run(['undelete', '-r', repository, ids[2], '--json'])).code, 'snapshot-missing')
    const prune = await home.succeed(['prune', '-r', repository, '--grace', '0'])
    t.regex(prune.stdout, /^ +Packs +Size\nkeep .*\nrepack .*\nremove +[1-9].*\n\S+ KiB given back in .*\n$/)
    t.is((await home.run(['undelete', '-r', repository, ids[1]])).code, 1)
    t.is((await home.succeed(['undelete', '-r', repository])).stdout, 'no forgotten snapshots\n')
    t.is((await home.run(['check', '-r', repository, '--read-data'])).code, 0)
  },
)

test.serial('forget: the last of a group or of all goes only when it was said twice', async (t) => {
  const home = await createHome(t)
  const {repository, source, ids} = await createDays(home, 2)
  for (const words of [['--keep-tag', 'nothing'], ids, ['--keep-size', '1']]) {
    for (const said of [[], ['--allow-removing-all'], ['--yes']]) {
      const outcome = await home.run(['forget', '-r', repository, ...words, ...said, '--json'])
      t.is(outcome.code, 2, `${words.join(' ')} ${said.join()}: ${outcome.stderr}`)
      t.regex(errorOf(outcome).hint, said[0] === '--allow-removing-all' ? /--yes/ : /--allow-removing-all and --yes/)
    }
  }
  t.is((await listed(home, repository)).length, 2)
  const dry = await home.succeed(['forget', '-r', repository, '--keep-tag', 'nothing', '-n'])
  t.true(dry.stdout.includes(`\nthat is every snapshot of '${source}' of `))
  await home.succeed(['forget', '-r', repository, '--keep-tag', 'nothing', '--allow-removing-all', '--yes'])
  t.deepEqual(await listed(home, repository), [])
})

test.serial('forget: filters and groups choose, an empty text makes one group', async (t) => {
  const home = await createHome(t)
  const {repository, source, ids} = await createDays(home, 2)
  await home.succeed(['snapshot', '-r', repository, '--host', 'tower', '--time', '2026-11-09', source])
  const went = async (...words: string[]): Promise<string[]> =>
    (await home.json(['forget', '-r', repository, ...words, '-n'])).at(-1)?.forgotten as string[]
  t.deepEqual(await went('--keep-last', '1'), [ids[0]])
  t.deepEqual((await went('--keep-last', '1', '--group-by', '')).toSorted(), ids.toSorted())
  t.deepEqual((await went('--keep-last', '1', '--group-by', 'paths')).toSorted(), ids.toSorted())
  t.deepEqual(await went('--keep-last', '1', '--group-by', 'host,tags'), [])
  t.deepEqual(await went('--keep-last', '1', '--host', 'tower'), [])
  t.deepEqual(await went('--keep-within', '1h', '--tag', 'day1', '--tag', 'day2', '--path', source), [ids[0]])
  t.deepEqual(await went('--keep-within-daily', '2d'), [])
  t.deepEqual(await went('--keep-daily', '1', '--keep-tag', 'day1'), [])
  t.deepEqual(await went('--keep-daily', '1', '--keep-id', ids[0].slice(0, 12)), [])
})

test.serial('forget and prune: usage that cannot be is refused before anything is opened', async (t) => {
  const home = await createHome(t)
  const cases: [string[], RegExp][] = [
    [['forget'], /nothing says what to forget/],
    [['forget', '--keep-last', '0'], /keeps nothing|nothing is configured|no repository/],
    [['forget', 'latest', '--keep-last', '1'], /a policy is given, too/],
    [['forget', 'latest', '--tag', 'a'], /--host, --path, --tag or --group-by/],
    [['forget', '--keep-last', 'x'], /'x' is not a count, in --keep-last/],
    [['forget', '--keep-within', '5'], /'5' is not a duration, in --keep-within/],
    [['forget', '--keep-size', 'big'], /'big' is not a size, in --keep-size/],
    [['forget', '--keep-last', '1', '--group-by', 'hots'], /'hots' is nothing to group by/],
    [['forget', '--keep-last', '1', '--grace', '0'], /--grace means nothing without --prune/],
    [['forget', '--keep-last', '1', '--repack-small'], /--repack-small means nothing/],
    [['prune', '--grace', '1m'], /not a grace period/],
    [['prune', '--max-unused', '120%'], /more than all/],
    [['prune', '--max-repack', 'x'], /not a size, in --max-repack/],
    [['tag', 'latest'], /nothing says which tags/],
    [['tag', '--add', 'a'], /nothing says which snapshots/],
    [['tag', '--add', 'a', '--host', 'b', 'latest'], /chosen by filters, too/],
    [['tag', '--add', 'a', '--set', 'b', 'latest'], /cannot/],
    [['pin'], /missing argument SNAPSHOTS/],
  ]
  for (const [words, message] of cases) {
    const outcome = await home.run([...words, '--json'])
    t.regex(errorOf(outcome).message, message, words.join(' '))
    if (words[2] !== '0') t.is(outcome.code, 2, words.join(' '))
    t.truthy(errorOf(outcome).hint, words.join(' '))
  }
})

test.serial('prune: says what it would do, changes nothing in a dry run, and takes its limits', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 3)
  await home.succeed(['forget', '-r', repository, ids[0]])
  const before = await packBytes(repository)
  const prune = async (...words: string[]): Promise<JsonObject> => (await home.json(['prune', '-r', repository, ...words])).at(-1)!
  const dry = await prune('-n', '--grace', '0', '--max-unused', '0')
  t.true(dry.freed_bytes > 10_000)
  t.is(dry.repack.packs, 1)
  t.is(await packBytes(repository), before)
  t.is((await prune('-n', '--max-unused', 'unlimited', '--grace', '0')).repack.packs, 0)
  t.is((await prune('-n', '--max-unused', '0', '--grace', '0', '--max-repack', '1')).repack.packs, 0)
  t.true((await prune('-n', '--grace', '0', '--repack-small')).repack.packs > 1)
  t.is((await prune('-n', '--grace', '1w')).freed_bytes, 0)
  t.is((await prune('--grace', '0', '--max-unused', '0')).freed_bytes, dry.freed_bytes)
  t.is(before - (await packBytes(repository)), dry.freed_bytes)
  t.is((await home.succeed(['prune', '-r', repository, '--quiet'])).stdout, '')
})

test.serial('forget: a dry run shows what goes also where damage keeps it from telling how much that gives back', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 2)
  const [{objects}] = await home.json(['objects', '-r', repository])
  for (const {name, kind} of objects as JsonObject[]) if (kind === 'tree_pack') await rm(join(repository, name as string))
  const {stdout, stderr} = await home.succeed(['forget', '-r', repository, '--keep-last', '1', '-n', '--no-cache'])
  t.regex(stdout, /\nforget .*day1 .*no rule keeps it\n\nwould forget 1 snapshot, and keep 1\n$/)
  t.regex(stderr, /cannot tell all that snapshot '/)
  const json = await home.json(['forget', '-r', repository, '--keep-last', '1', '-n', '--no-cache'])
  t.like(json.at(-1), {forgotten: [ids[0]], freed_bytes: null, unneeded_bytes: null})
  t.is((await home.run(['prune', '-r', repository, '--no-cache'])).code, 1)
  t.is((await home.run(['prune', '-r', repository, '--no-cache', '--despite-damage'])).code, 4)
})

test.serial('prune: tells how much of what snapshots need is lost', async (t) => {
  const home = await createHome(t)
  const {repository} = await createDays(home, 1)
  const [{objects}] = await home.json(['objects', '-r', repository])
  for (const {name, kind} of objects as JsonObject[]) if (kind === 'data_pack') await rm(join(repository, name as string))
  const {code, stderr} = await home.run(['prune', '-r', repository])
  t.is(code, 4)
  t.regex(stderr, /^pocket: \d+ chunks? that snapshots need (is|are) lost\nhint: 'pocket check' names the files\n$/)
  const {stdout} = await home.run(['prune', '-r', repository, '--json'])
  t.true(JSON.parse(stdout.trimEnd().split('\n').at(-1)!).missing_chunks > 0)
})
