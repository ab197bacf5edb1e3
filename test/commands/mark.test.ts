/** `pocket pin` and `pocket tag`, and what `list` shows of them. */
import test from 'ava'
import {createDays, listed} from './days.js'
import {createHome, errorOf} from './run-pocket.js'

test.serial('pin: no policy and no name forgets a pinned snapshot, until the pin is lifted', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 3)
  const {stdout} = await home.succeed(['pin', '-r', repository, 'latest~2'])
  const [, old, now] = /^snapshot ([0-9a-f]{8}) is pinned, and has the id ([0-9a-f]{8}) now\n$/.exec(stdout)!
  t.is(old, ids[0].slice(0, 8))
  t.is((await home.succeed(['pin', '-r', repository, now])).stdout, `snapshot ${now} was pinned already\n`)
  const [first] = await listed(home, repository)
  t.like(first, {pinned: true, original_id: ids[0], incomplete: false, repaired: false, tags: ['day1']})
  t.regex((await home.succeed(['list', '-r', repository])).stdout, /\n\S+ .*day1 .* pinned\n/)
  t.deepEqual((await home.json(['forget', '-r', repository, '--keep-last', '1', '-n'])).at(-1)?.forgotten, [ids[1]])
  const refused = await home.run(['forget', '-r', repository, now, '--json'])
  t.is(refused.code, 2)
  t.like(errorOf(refused), {message: `snapshot '${now}' is pinned`})
  const [lifted] = await home.json(['pin', '-r', repository, '--remove', now])
  t.like(lifted, {type: 'marked', old_id: first.id, changed: true})
  await home.succeed(['forget', '-r', repository, lifted.id as string])
  t.is((await listed(home, repository)).length, 2)
})

test.serial('tag: adds, removes and sets, of those named or chosen, and tells old and new id', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 3)
  const tags = async (): Promise<unknown[]> => (await listed(home, repository)).map((snapshot) => snapshot.tags as unknown)
  const marked = await home.json(['tag', '-r', repository, '--add', 'x', '--add', 'y', '--remove', 'day1', ids[0], 'latest'])
  t.deepEqual(
    marked.map(({type, old_id: old, changed}) => [type, old, changed] as unknown),
    [
      ['marked', ids[0], true],
      ['marked', ids[2], true],
    ],
  )
  t.deepEqual(await tags(), [['x', 'y'], ['day2'], ['day3', 'x', 'y']])
  t.deepEqual(
    (await listed(home, repository)).map(({id}) => id as unknown),
    [marked[0].id, ids[1], marked[1].id],
  )
  t.regex(
    (await home.succeed(['tag', '-r', repository, '--tag', 'x', '--set', 'z'])).stdout,
    /^(snapshot \S+ has other tags, and has the id \S+ now\n){2}$/,
  )
  t.deepEqual(await tags(), [['z'], ['day2'], ['z']])
  t.regex(
    (await home.succeed(['tag', '-r', repository, '--tag', 'z', '--set', 'z'])).stdout,
    /^(snapshot \S+ has these tags already\n){2}$/,
  )
  await home.succeed(['tag', '-r', repository, '--set', '', 'latest'])
  t.deepEqual(await tags(), [['z'], ['day2'], []])
  t.is((await home.succeed(['tag', '-r', repository, '--host', 'nowhere', '--add', 'a'])).stdout, 'no snapshots\n')
  t.regex(errorOf(await home.run(['tag', '-r', repository, '--add', 'a,b', 'latest', '--json'])).message, /cannot be a tag/)
})

test.serial('list and stats: sizes of each snapshot, and growth', async (t) => {
  const home = await createHome(t)
  const {repository} = await createDays(home, 3)
  const {stdout} = await home.succeed(['list', '-r', repository, '--sizes', '--latest', '2'])
  t.regex(stdout, /^ID .* Size +Unique +Added\n.* KiB +\S+ KiB +\S+ KiB\n.* KiB +\S+ KiB +\S+ KiB\n\n2 snapshots\n$/)
  const snapshots = await listed(home, repository, '--sizes')
  for (const {unique_bytes: unique, added_bytes: added} of snapshots) t.true(unique > 15_000 && added >= unique)
  t.false('unique_bytes' in (await listed(home, repository))[0])
  const [{growth}] = await home.json(['stats', '-r', repository])
  t.is(growth.period, 'day')
  t.deepEqual(
    growth.periods.map(({name, snapshots: count, added_bytes: added}: Record<string, unknown>) => [name, count, added]),
    snapshots.map(({time, added_bytes: added}) => [time.slice(0, 10), 1, added]),
  )
  t.regex((await home.succeed(['stats', '-r', repository])).stdout, /\n\nDay +Snapshots +Added +Total\n2026-11-01 +1 +\S+ KiB +\S+ KiB\n/)
})
