/** `pocket copy` as a person and a program see it. */
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {replaceFile} from '../operations/content.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {createTestBucket, onServer, WHERE_SERVER} from '../s3-server/bucket.js'
import {createDays, listed} from './days.js'
import {createHome, createSnapshot, errorOf, type Home, type JsonObject, parseLines} from './run-pocket.js'

/** A repository under a password that lies in `<name>.txt`. */
async function init(home: Home, name: string): Promise<{repository: string; password: string}> {
  const [repository, password] = [join(home.path, name), join(home.path, `${name}.txt`)]
  await writeFile(password, `secret of ${name}\n`)
  await home.succeed(['init', '-r', repository, '--password-file', password])
  return {repository, password}
}

test.serial('copy: to another password, as text and as JSON; what is there is skipped', async (t) => {
  const home = await createHome(t)
  const {repository, source, ids} = await createDays(home, 3)
  const {repository: to, password} = await init(home, 'other')
  const words = ['copy', '--from', repository, '--to', to, '--password-file', password]
  const dry = await home.succeed([...words, '--dry-run', '--tag', 'day1'])
  t.regex(
    dry.stdout,
    new RegExp(`^snapshot ${ids[0].slice(0, 8)} would be copied: at most \\S+ KiB new\ndry run: would copy 1 snapshot in `),
  )
  const {stdout} = await home.succeed([...words, ids[0]])
  t.regex(
    stdout,
    new RegExp(
      `^snapshot ${ids[0].slice(0, 8)} copied, as [0-9a-f]{8}: \\S+ KiB new\ncopied 1 snapshot in .*\nnew {5}\\d+ chunks \\(\\S+ KiB\\), \\S+ KiB stored\n$`,
    ),
  )

  const lines = await home.json(words)
  const of = (type: string): JsonObject[] => lines.filter((line) => line.type === type)
  t.deepEqual(
    [of('skipped'), of('copied')].map((each) => each.map(({id}) => id as string)),
    [[ids[0]], [ids[1], ids[2]]],
  )
  const summary = {type: 'summary', dry_run: false, copied: 2, skipped: 1, failed: 0, traffic: null, cost: null}
  t.like(lines.at(-1), {...summary, source: {traffic: null, cost: null}})
  t.true(of('progress').length > 0)
  const quiet = await home.json([...words, '--quiet'])
  t.deepEqual(new Set(quiet.map(({type}) => type as string)), new Set(['skipped', 'summary']))

  const list = (await home.json(['list', '-r', to, '--password-file', password]))[0].snapshots as JsonObject[]
  t.deepEqual(
    list.map(({original_id, tags}) => [original_id, tags]),
    ids.map((id, day) => [id, [`day${day + 1}`]]),
  )
  t.deepEqual(
    list.map(({parent_id}) => parent_id as unknown),
    [null, list[0].id, list[1].id],
  )
  const target = join(home.path, 'back')
  await home.succeed(['restore', 'latest', '-r', to, '--password-file', password, '--target', target])
  t.deepEqual(differences(listTree(target), listTree(source)), [])
  t.is((await home.run(['check', '-r', to, '--password-file', password, '--read-data'])).code, 0)
})

test.serial('copy: the configured repository stands in for the one that is not named, and each has its own secret', async (t) => {
  const home = await createHome(t)
  const [one, two] = [await init(home, 'one'), await init(home, 'two')]
  const {source} = await createSnapshot(home, {'a.txt': 'one\n'})
  const environment = {POCKET_REPOSITORY: one.repository}
  await home.succeed(['snapshot', source, '--password-file', one.password], {environment})

  const there = {...environment, POCKET_FROM_PASSWORD_FILE: one.password, POCKET_PASSWORD: 'secret of two'}
  t.regex((await home.succeed(['copy', '--to', two.repository], {environment: there})).stdout, /\ncopied 1 snapshot in /)
  const flags = ['--from-password-command', 'echo secret of two', '--password-file', one.password]
  t.regex((await home.succeed(['copy', '--from', two.repository, ...flags], {environment})).stdout, /; 1 was there already\n/)

  const wrong = await home.run(
    ['copy', '--from', two.repository, '--from-password-file', one.password, '--password-file', one.password, '--json'],
    {
      environment,
    },
  )
  t.is(wrong.code, 12)
  t.regex(errorOf(wrong).hint as string, /came from --from-password-file; give --from-password-file, /)
  const lacking = await home.run(['copy', '--from', two.repository, '--json'], {environment})
  t.like(errorOf(lacking), {code: 'password-missing'})
  t.regex(errorOf(lacking).hint as string, /POCKET_FROM_PASSWORD_COMMAND/)
})

test.serial('copy: what cannot be is an error of usage, and a repository that is not there is told with what makes it', async (t) => {
  const home = await createHome(t)
  const {repository} = await createSnapshot(home, {'a.txt': 'one\n'})
  const error = async (...words: string[]): Promise<JsonObject> => errorOf(await home.run(['copy', ...words, '--json']))
  t.like(await error(), {code: 'usage', exit_code: 2, message: 'nothing says which repository to copy from, or to'})
  t.like(await error('--from', repository, '--to', `${repository}/`), {code: 'usage'})
  t.like(await error('--from', repository, '--to', repository, 'latest', '--tag', 'x'), {code: 'usage'})
  const missing = await error('--from', repository, '--to', join(home.path, 'nowhere'))
  t.like(missing, {code: 'repository-missing', exit_code: 10})
  t.regex(missing.hint as string, /'pocket init --repository \S+nowhere'/)
  t.like(await error('--from', join(home.path, 'nowhere'), '--to', repository), {code: 'repository-missing', hint: 'check the location'})
  t.like(await error('--from', repository, '--to', repository, '--endpoint', 'http://127.0.0.1:1'), {code: 'usage'})
})

test.serial('copy: a snapshot that lacks something is told with the path and left out, with exit code 4', async (t) => {
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 2)
  const to = join(home.path, 'plain')
  await home.succeed(['init', '-r', to, '--no-encryption'])
  const [{objects}] = await home.json(['objects', '-r', repository])
  const packs = (objects as JsonObject[]).filter(({kind}) => kind === 'data_pack')
  const ofLastDay = packs.sort((x, y) => (x.modified < y.modified ? -1 : 1)).at(-1)?.name as string
  const bytes = await readFile(join(repository, ofLastDay))
  bytes.fill(0, 50, 80)
  replaceFile(join(repository, ofLastDay), bytes)
  const outcome = await home.run(['copy', '--from', repository, '--to', to])
  t.is(outcome.code, 4, outcome.stderr)
  t.regex(outcome.stderr, /pocket: '\S+\.txt' in snapshot [0-9a-f]{8}: /)
  t.regex(outcome.stderr, /pocket: snapshot '[0-9a-f]{8}' lacks something: .*\nhint: 'pocket check' of /)
  t.regex(outcome.stdout, /copied 1 snapshot in .*; 1 lacks something\n/)
  const again = await home.run(['copy', '--from', repository, '--to', to, '--json', '--quiet'])
  t.is(again.code, 4)
  const lines = parseLines(again.stdout)
  t.deepEqual(
    lines.map(({type}) => type as string).filter((type) => type !== 'damaged_path'),
    ['skipped', 'failed', 'summary'],
  )
  const failed = lines.find(({type}) => type === 'failed')!
  t.true(ids.includes(failed.id as string))
  t.true(lines.some(({type, id, path}) => type === 'damaged_path' && id === failed.id && String(path).endsWith('.txt')))
  t.is((await listed(home, to)).length, 1)
})

onServer(`copy: from a folder to a bucket and back, with the flags of buckets${WHERE_SERVER}`, async (t) => {
  const bucket = await createTestBucket(t)
  const home = await createHome(t)
  const {repository, ids} = await createDays(home, 2)
  const {endpoint, region, accessKeyId, secretAccessKey} = bucket.server
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    POCKET_PASSWORD: 'secret',
    POCKET_REGION: region,
  }
  const location = `s3://${bucket.name}/copies`
  await home.succeed(['init', location, '--endpoint', endpoint], {environment})
  const {stdout} = await home.succeed(['copy', '--from', repository, '--to', location, '--endpoint', endpoint], {environment})
  t.regex(stdout, /copied 2 snapshots in [^]*of the repository that is written:\nasked /)
  const back = join(home.path, 'back')
  await home.succeed(['init', '-r', back, '--no-encryption'])
  const own = {...environment, POCKET_PASSWORD: '', POCKET_FROM_PASSWORD: 'secret'}
  const lines = await home.json(['copy', '--from', location, '--to', back, '--endpoint', endpoint], {environment: own})
  t.like(lines.at(-1), {copied: 2, traffic: null})
  t.true(lines.at(-1)!.source.traffic.get > 0)
  t.deepEqual(
    (await listed(home, back)).map(({original_id}) => original_id as string),
    ids,
  )
  t.true((await readdir(join(back, 'snapshots'))).length === 2)
})
