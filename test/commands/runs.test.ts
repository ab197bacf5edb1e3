import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {createRunPlace, hooksOf} from '../automation/run-fixture.js'
import {createHome} from './run-pocket.js'

const DAY_MS = 24 * 60 * 60_000
const RUN_KEYS = [
  'id',
  'profile',
  'trigger',
  'schedule',
  'status',
  'began',
  'ended',
  'duration_ms',
  'host',
  'pid',
  'steps',
  'snapshot_id',
  'parent_id',
  'files',
  'files_new',
  'files_changed',
  'files_deleted',
  'files_unreadable',
  'bytes',
  'bytes_read',
  'bytes_added',
  'bytes_stored',
  'bytes_high_entropy',
  'errors',
  'warnings',
  'error',
]

test('runs: each is a line with what it did, and a chart shows them over time', async (t) => {
  const place = await createRunPlace(t, {check: {everyMs: DAY_MS, maxAgeMs: undefined, maxDurationMs: 1000}})
  writeFileSync(join(place.source, 'file'), 'x'.repeat(3000))
  const first = await place.run({schedule: 'nightly'})
  const second = await place.run({trigger: 'manual', profile: {...place.profile, hooks: hooksOf({before: 'echo why; exit 3'})}})
  const home = await createHome(t)
  const environment = {POCKET_STATE_DIRECTORY: place.stateDirectory}
  const {stdout} = await home.succeed(['runs'], {environment: {...environment, LC_ALL: 'C'}})
  const [titles, one, two, , added, duration, marks] = stdout.split('\n')
  t.regex(titles, /^Run +When +Profile +By +Status +Duration +Read +Added +Stored +Files +Errors +Snapshot$/)
  t.regex(one, new RegExp(`^${first.id.slice(0, 8)} .* home +nightly +succeeded .* ${first.snapshot!.id!.slice(0, 8)}$`))
  t.regex(two, new RegExp(`^${second.id.slice(0, 8)} .* home +manual +failed`))
  t.regex(added, /^Added {5}@ +at most [0-9.]+ KiB$/)
  t.regex(duration, /^Duration {2}[.:=+*#@-]{2} {2}at most/)
  t.regex(marks, /^ {11}!$/)
  const unicode = await home.succeed(['runs', '-P', 'home'], {environment: {...environment, LC_ALL: 'C.UTF-8'}})
  t.regex(unicode.stdout, /Duration {2}[▁▂▃▄▅▆▇█]{2}/)
  t.is((await home.succeed(['runs', '-P', 'other'], {environment})).stdout, 'no runs\n')
  t.is((await home.succeed(['runs', '--last', '1'], {environment})).stdout.split('\n').length, 3)
})

test('runs: JSON has every run, and one with its events', async (t) => {
  const place = await createRunPlace(t)
  const first = await place.run()
  const second = await place.run({profile: {...place.profile, hooks: hooksOf({before: 'echo why; exit 3'})}})
  const home = await createHome(t)
  const environment = {POCKET_STATE_DIRECTORY: place.stateDirectory}
  const [{type, runs}] = await home.json(['runs'], {environment})
  t.is(type, 'runs')
  t.deepEqual(Object.keys(runs[0]), RUN_KEYS)
  t.like(runs[0], {id: first.id, status: 'succeeded', snapshot_id: first.snapshot!.id, error: null})
  t.like(runs[1], {id: second.id, status: 'failed', snapshot_id: null, error: {code: 'hook-failed'}})
  const [one] = await home.json(['runs', second.id.slice(0, 8)], {environment})
  t.is(one.type, 'run')
  t.deepEqual(Object.keys(one).slice(2), [...RUN_KEYS, 'events'])
  t.true(one.events.some((event: {type: string; line: string}) => event.type === 'output' && event.line === 'why'))
  t.regex(one.events[0].time, /^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z$/)
  const text = await home.succeed(['runs', second.id], {environment})
  t.true(text.stdout.includes('hook before| why') && text.stdout.includes('hook before: ended with 3'), text.stdout)
  const missing = await home.run(['runs', 'ffffffff-'], {environment})
  t.is(missing.code, 2)
  t.true(missing.stderr.includes("there is no run 'ffffffff-'"), missing.stderr)
})

test('runs: docs/scripting.md names every field', (t) => {
  const page = readFileSync(new URL('../../../docs/scripting.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('### `runs`, `status`'), page.indexOf('### What a server was asked'))
  for (const key of [...RUN_KEYS, 'events']) t.true(section.includes(`\`${key}\``), key)
})
