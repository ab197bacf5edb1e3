/** A server of its own, which nothing but a socket leads to. */
import {existsSync} from 'node:fs'
import {chmod, chown, mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {followRecipe, printed, tryRecipe} from './recipe.js'

const VERSIONS = '/usr/lib/postgresql'
const BIN = await newestBin()
const NEEDS = {programs: ['runuser', join(BIN, 'initdb')], isRoot: true}
const ACCOUNTS = "SELECT md5(string_agg(rolname || coalesce(rolpassword, ''), ',' ORDER BY rolname)) FROM pg_authid"

async function newestBin(): Promise<string> {
  const versions = existsSync(VERSIONS) ? await readdir(VERSIONS) : []
  return join(VERSIONS, versions.toSorted((left, right) => Number(right) - Number(left))[0] ?? '', 'bin')
}

interface Server {
  data: string
  environment: Record<string, string>
  ask: (sql: string, database?: string) => string
  start: () => void
  stop: () => void
}

async function startServer(t: ExecutionContext): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-postgres-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(printed('id', [flag, 'postgres'])))
  await chown(folder, uid, gid)
  const data = join(folder, 'data')
  const environment = {PGHOST: folder, PGPORT: '5432', PATH: `${BIN}:${process.env.PATH}`, LC_ALL: 'C.UTF-8'}
  const as = (words: readonly string[]): string => printed('runuser', ['-u', 'postgres', '--', ...words], environment)
  as(['initdb', '--pgdata', data, '--auth', 'trust', '--no-sync'])
  const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off -c autovacuum=off`
  const log = join(folder, 'log')
  const server: Server = {
    data,
    environment,
    ask: (sql, database = 'postgres') => as(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql]),
    start: () => void as(['pg_ctl', 'start', '--pgdata', data, '--wait', '--log', log, '--options', settings]),
    stop: () => void as(['pg_ctl', 'stop', '--pgdata', data, '--wait', '--mode', 'fast']),
  }
  server.start()
  t.teardown(() => (existsSync(join(data, 'postmaster.pid')) ? server.stop() : undefined))
  return server
}

/** Databases of whose names one has a space, and a role with a password that owns a table. */
function fill({ask}: Server): void {
  ask("CREATE ROLE clerk LOGIN PASSWORD 'correct-horse-battery'")
  ask('CREATE DATABASE shop')
  ask('CREATE DATABASE "old shop"')
  ask('CREATE TABLE note(text text); INSERT INTO note VALUES (1)', 'old shop')
  ask(
    `CREATE TABLE goods(id serial PRIMARY KEY, name text); ALTER TABLE goods OWNER TO clerk;
     INSERT INTO goods(name) SELECT md5(i::text) FROM generate_series(1, 20000) i;
     CREATE TABLE orders(id serial PRIMARY KEY, goods int REFERENCES goods, at timestamptz DEFAULT now());
     INSERT INTO orders(goods) SELECT 1 + i % 20000 FROM generate_series(1, 10000) i`,
    'shop',
  )
}

const SUMS = `SELECT (SELECT count(*) || md5(string_agg(g::text, ',' ORDER BY id)) FROM goods g),
  (SELECT count(*) || md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o), (SELECT tableowner FROM pg_tables WHERE tablename = 'goods')`

tryRecipe('recipe postgres: databases and roles come back; a dump that fails half-way saves nothing', NEEDS, async (t) => {
  const server = await startServer(t)
  const {ask, data, environment} = server
  fill(server)
  // Where the server's user may go.
  const place = await mkdtemp(join(tmpdir(), 'pocket-dumps-'))
  t.teardown(() => rm(place, {recursive: true, force: true}))
  await chmod(place, 0o755)
  const dumps = join(place, 'dumps')
  const places = {'/var/backups/postgres': dumps, '/var/tmp/postgres': join(place, 'restored')}
  const recipe = await followRecipe(t, 'postgres', {places, environment})
  const [sums, accounts] = [ask(SUMS, 'shop'), ask(ACCOUNTS)]

  await recipe.save()
  t.false(existsSync(dumps))
  ask("INSERT INTO orders(goods) VALUES (7); DELETE FROM orders WHERE id < 5000; UPDATE goods SET name = 'gone'", 'shop')
  ask('DROP OWNED BY clerk CASCADE', 'shop')
  ask('DROP ROLE clerk')
  await recipe.restore()
  t.is(ask(SUMS, 'shop'), sums)
  t.is(ask(ACCOUNTS), accounts)
  t.deepEqual(await readdir(place), [])

  ask('UPDATE orders SET goods = 1 WHERE id = 9000', 'shop')
  await recipe.save()
  const [{runs}] = await recipe.home.json(['runs'])
  const {bytes_read: read, bytes_added: added} = runs.at(-1)
  t.true(read > 900_000 && added > 0 && added < read / 2, `${added} of ${read}`)

  // The data of a table is gone, which the dump meets when it has written others.
  const file = join(data, ask("SELECT pg_relation_filepath('orders')", 'shop'))
  server.stop()
  await rm(file)
  server.start()
  await recipe.fail(/dumps all databases of PostgreSQL/)
  t.regex(await recipe.output(), /hook before\| .*Dumping the contents of table "orders" failed/)
  t.false(existsSync(dumps))

  server.stop()
  await recipe.fail(/dumps all databases of PostgreSQL/)
  t.regex(await recipe.output(), /hook before\| .*connection to server/)
})
