/** A server of its own, which nothing but a socket leads to; the client is told of it by `~/.my.cnf`. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, openSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir, userInfo} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {createHome, type Home} from '../commands/run-pocket.js'
import {followRecipe, printed, tryRecipe, until} from './recipe.js'

const NEEDS = {programs: ['mariadbd', 'mariadb-install-db', 'mariadb-dump']}

interface Server {
  ask: (sql: string) => string
  stop: () => Promise<void>
}

/** Whoever runs the tests is its root, by the socket, as root is on Debian. */
async function startServer(t: ExecutionContext, home: Home): Promise<Server> {
  // The name of a socket may not be long.
  const folder = await mkdtemp(join(tmpdir(), 'pocket-mariadb-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  const {username} = userInfo()
  const data = join(folder, 'data')
  const socket = join(folder, 'socket')
  const user = `--auth-root-socket-user=${username}`
  printed('mariadb-install-db', ['--no-defaults', `--user=${username}`, `--datadir=${data}`, user, '--skip-test-db'])
  writeFileSync(join(home.path, '.my.cnf'), `[client]\nsocket=${socket}\n`)
  const log = openSync(join(folder, 'log'), 'w')
  const settings = ['--skip-networking', '--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=32M']
  const words = ['--no-defaults', `--user=${username}`, `--datadir=${data}`, `--socket=${socket}`, ...settings]
  const child = spawn('mariadbd', words, {stdio: ['ignore', log, log]})
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(stop)
  const ask: Server['ask'] = (sql) => printed('mariadb', ['--batch', '--skip-column-names', '--execute', sql], {HOME: home.path})
  await until(() => existsSync(socket), 'mariadbd does not answer')
  return {ask, stop}
}

function fill({ask}: Server): void {
  ask(`CREATE DATABASE shop; USE shop; CREATE DATABASE office; CREATE TABLE office.notes(text text); INSERT INTO office.notes VALUES ('é');
    CREATE TABLE shop.goods(id int PRIMARY KEY, name varchar(100), image blob);
    INSERT INTO shop.goods SELECT seq, md5(seq), unhex(md5(seq)) FROM seq_1_to_20000;
    CREATE PROCEDURE shop.cheap() SELECT 1; CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO SELECT 2;
    CREATE USER clerk@localhost IDENTIFIED BY 'correct-horse-battery'; GRANT SELECT ON shop.* TO clerk@localhost`)
}

const SUMS = `SELECT count(*), sum(crc32(concat(id, name, hex(image)))) FROM shop.goods; SELECT text FROM office.notes;
  SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'shop';
  SELECT event_name FROM information_schema.events WHERE event_schema = 'shop'; SHOW GRANTS FOR clerk@localhost`

tryRecipe(
  'recipe mariadb: databases, routines, events and accounts come back; a dump that fails half-way saves nothing',
  NEEDS,
  async (t) => {
    const home = await createHome(t)
    const server = await startServer(t, home)
    const {ask} = server
    fill(server)
    const dumps = join(home.path, 'dumps')
    const restored = join(home.path, 'restored')
    const places = {'/var/backups/mariadb': dumps, '/var/tmp/mariadb': restored}
    const recipe = await followRecipe(t, 'mariadb', {places}, home)
    const sums = ask(SUMS)

    await recipe.save()
    t.false(existsSync(dumps))
    ask("DELETE FROM shop.goods WHERE id > 100; UPDATE shop.goods SET name = 'gone'; DROP DATABASE office; DROP USER clerk@localhost")
    ask('DROP PROCEDURE shop.cheap; DROP EVENT shop.nightly')
    await recipe.restore()
    t.is(ask(SUMS), sums)
    t.false(existsSync(restored))

    ask('DELETE FROM shop.goods WHERE id = 10000')
    await recipe.save()
    const [{runs}] = await home.json(['runs'])
    const {bytes_read: read, bytes_added: added} = runs.at(-1)
    t.true(read > 1_500_000 && added > 0 && added < read / 2, `${added} of ${read}`)

    // A view of a table that is gone, which the dump meets when it has written others.
    ask('CREATE TABLE shop.old(id int); CREATE VIEW shop.zero AS SELECT id FROM shop.old; DROP TABLE shop.old')
    await recipe.fail(/dumps all databases of MariaDB/)
    t.regex(await recipe.output(), /hook before\| .*shop\.zero.* references invalid table/)
    t.false(existsSync(dumps))

    await server.stop()
    await recipe.fail(/dumps all databases of MariaDB/)
    t.regex(await recipe.output(), /hook before\| .*connect/)
  },
)
