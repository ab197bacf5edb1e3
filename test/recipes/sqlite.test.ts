import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {rename} from 'node:fs/promises'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {createHome} from '../commands/run-pocket.js'
import {followRecipe, printed, type Recipe, tryRecipe, until} from './recipe.js'

const NEEDS = {programs: ['sqlite3']}

/** Each transaction adds a row to both tables: a copy that is not of one instant has more in one of them. */
const WRITER = `
while sqlite3 "$1" '.timeout 5000' "BEGIN IMMEDIATE; INSERT INTO first(text) VALUES (hex(randomblob(200)));
INSERT INTO second(text) VALUES (hex(randomblob(200))); COMMIT"; do :; done`

interface Database extends Recipe {
  path: string
  copies: string
  ask: (sql: string, path?: string) => string
}

async function createDatabase(t: ExecutionContext): Promise<Database> {
  const home = await createHome(t)
  const path = join(home.path, 'srv/app.db')
  const copies = join(home.path, 'copies')
  mkdirSync(join(home.path, 'srv'))
  const ask: Database['ask'] = (sql, of = path) => printed('sqlite3', [of, sql])
  ask(`PRAGMA journal_mode = wal; CREATE TABLE first(id INTEGER PRIMARY KEY, text); CREATE TABLE second(id INTEGER PRIMARY KEY, text);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO first(text) SELECT hex(randomblob(100)) FROM n;
    INSERT INTO second(text) SELECT text FROM first`)
  const places = {'/srv/app/app.db': path, '/var/backups/app': copies, '/var/tmp/app': join(home.path, 'restored')}
  return {...(await followRecipe(t, 'sqlite', {places}, home)), path, copies, ask}
}

const COUNTS = 'SELECT (SELECT count(*) FROM first), (SELECT count(*) FROM second)'

tryRecipe('recipe sqlite: a database that is written to all the time is saved as of one instant, and comes back', NEEDS, async (t) => {
  const {path, copies, ask, save, restore, home} = await createDatabase(t)
  const writer = spawn('sh', ['-c', WRITER, 'writer', path], {stdio: 'ignore', detached: true})
  t.teardown(() => writer.exitCode ?? writer.signalCode ?? process.kill(-writer.pid!, 'SIGKILL'))
  // As long as somebody has it open, what is written stays in its log.
  const reader = spawn('sqlite3', [path], {stdio: ['pipe', 'pipe', 'ignore']})
  t.teardown(() => reader.kill())
  reader.stdin.write('SELECT count(*) FROM first;\n')
  await once(reader.stdout, 'data')
  const isWritten = (): boolean => Number(ask('SELECT count(*) FROM first')) > 5005
  await until(isWritten, 'nobody writes')
  const [early] = ask(COUNTS).split('|').map(Number)
  await save()
  process.kill(-writer.pid!, 'SIGKILL')
  await once(writer, 'exit')
  t.false(existsSync(copies))
  const [{entries}] = await home.json(['ls', 'latest'])
  t.is(entries?.length ?? 1, 1)
  const [late] = ask(COUNTS).split('|').map(Number)
  t.true(late > 5000)
  ask('DELETE FROM first; DROP TABLE second')
  await restore()
  const [first, second] = ask(COUNTS).split('|').map(Number)
  t.is(first, second)
  t.true(first >= early && first <= late, `${first} of ${early} to ${late}`)
  t.is(ask('PRAGMA integrity_check'), 'ok')
})

tryRecipe('recipe sqlite: of a database a row of which has changed, little is stored', NEEDS, async (t) => {
  const {ask, save, home} = await createDatabase(t)
  await save()
  ask('UPDATE first SET text = 1 WHERE id = 2500')
  await save()
  const [{runs}] = await home.json(['runs'])
  const {bytes_read: read, bytes_added: added} = runs.at(-1)
  t.true(read > 2_000_000 && added > 0 && added < read / 4, `${added} of ${read}`)
})

tryRecipe('recipe sqlite: a copy whose index lacks rows, which only a check of it notices, fails the run', NEEDS, async (t) => {
  const {ask, fail, output} = await createDatabase(t)
  ask(`CREATE INDEX by_text ON first(text) WHERE id < 10; PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = 'CREATE INDEX by_text ON first(text)' WHERE name = 'by_text'`)
  await fail(/copies the database of app/)
  t.regex(await output(), /hook before\| row \d+ missing from index by_text/)
})

tryRecipe('recipe sqlite: a database that is damaged, or not there, fails the run, and nothing is saved', NEEDS, async (t) => {
  const {path, copies, ask, save, fail, output, restore} = await createDatabase(t)
  const before = ask(COUNTS)
  await save()
  ask('PRAGMA wal_checkpoint(truncate)')
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(8192, 0xa5), 0, 8192, 200 * 4096)
  await fail(/copies the database of app/)
  t.regex(await output(), /malformed|invalid|database disk image|btreeInitPage/i)
  t.false(existsSync(copies))
  await rename(path, `${path}.away`)
  await fail(/copies the database of app/)
  t.regex(await output(), /unable to open database/)
  t.false(existsSync(path))
  await restore()
  t.is(ask(COUNTS), before)
})
