import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {findOddity, type PastSnapshot} from '../../src/automation/oddity.js'
import {listSnapshots} from '../../src/index.js'
import {freezeClock} from '../../src/util/clock.js'
import {startWebServer} from '../alarm/web-server.js'
import {writeRandom} from '../operations/content.js'
import {withRepository} from '../operations/repository-place.js'
import {createRunPlace, NO_ALARMS} from './run-fixture.js'

const MIB = 1024 * 1024
const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS

/** A run of a folder of 1,000 files and 100 MiB in which little happens. */
function run(changes: Partial<PastSnapshot> = {}): PastSnapshot {
  return {
    id: 'id',
    parent: 'parent',
    startedMs: 0,
    files: 1000,
    newFiles: 5,
    changedFiles: 10,
    deletedFiles: 5,
    bytes: 100 * MIB,
    parentFiles: 1000,
    parentBytes: 100 * MIB,
    bytesRead: MIB,
    bytesAdded: MIB,
    bytesStored: MIB,
    bytesHighEntropy: 100_000,
    unreadable: 0,
    ...changes,
  }
}

/** A run a day. */
const days = (count: number, changes: Partial<PastSnapshot> = {}): PastSnapshot[] =>
  Array.from({length: count}, (_, day) => run({startedMs: day * 2 * DAY_MS, ...changes}))
const now = (changes: Partial<PastSnapshot>): PastSnapshot => run({startedMs: 100 * DAY_MS, ...changes})

const REWRITTEN = {changedFiles: 990, bytesAdded: 99 * MIB, bytesHighEntropy: 99 * MIB}
const RENAMED = {changedFiles: 0, newFiles: 990, deletedFiles: 990, bytesAdded: 99 * MIB, bytesHighEntropy: 99 * MIB}

test('odd: everything rewritten with what looks encrypted is, in its place or under other names', (t) => {
  t.like(findOddity(now(REWRITTEN), days(5)), {kinds: ['high-entropy', 'changed'], goodSnapshots: ['parent']})
  t.deepEqual(findOddity(now(RENAMED), days(5))?.kinds, ['high-entropy'])
  t.regex(
    findOddity(now(REWRITTEN), days(5))!.message,
    /99 MiB of data that looks encrypted, with 990 files changed and 5 gone of 1000 in one run/,
  )
})

test('odd: most files gone is', (t) => {
  const gone = {deletedFiles: 700, newFiles: 0, files: 300, bytes: 40 * MIB}
  t.deepEqual(findOddity(now(gone), days(5))?.kinds, ['deleted'])
})

test('odd: nothing is before there is something to compare with', (t) => {
  t.is(findOddity(now(REWRITTEN), days(4)), undefined)
  t.is(findOddity(now({...REWRITTEN, parent: undefined}), days(10)), undefined)
  t.is(findOddity(now({...REWRITTEN, parentFiles: 0, parentBytes: 0}), days(10)), undefined)
})

const ORDINARY: [what: string, changes: Partial<PastSnapshot>][] = [
  ['a folder that grows by photos', {files: 9000, newFiles: 8000, bytes: 9000 * MIB, bytesAdded: 8900 * MIB, bytesHighEntropy: 8900 * MIB}],
  ['a branch checked out', {changedFiles: 800, newFiles: 300, deletedFiles: 300, bytesAdded: 20 * MIB, bytesHighEntropy: 0}],
  ['packages installed anew', {newFiles: 900, deletedFiles: 900, bytesAdded: 60 * MIB, bytesHighEntropy: 2 * MIB}],
  ['packages installed', {newFiles: 30_000, files: 31_000, bytes: 500 * MIB, bytesAdded: 400 * MIB, bytesHighEntropy: 30 * MIB}],
  ['all modes changed', {changedFiles: 1000, bytesAdded: 0, bytesHighEntropy: 0}],
  ['some files gone', {deletedFiles: 200, files: 800, bytes: 80 * MIB}],
  ['one archive written', {changedFiles: 1, bytesAdded: 60 * MIB, bytesHighEntropy: 60 * MIB}],
]

for (const [what, changes] of ORDINARY) {
  test(`odd: ${what} is not`, (t) => {
    t.is(findOddity(now(changes), days(5)), undefined)
    t.is(findOddity(now(changes), days(30)), undefined)
  })
}

test('odd: what has happened before is not', (t) => {
  t.is(findOddity(now(REWRITTEN), [...days(5), run({startedMs: 50 * DAY_MS, ...REWRITTEN})]), undefined)
})

test('odd: what destroys a folder in small steps is, by the end of the day, and the snapshot before it is the good one', (t) => {
  const steps = Array.from({length: 6}, (_, step) =>
    now({
      startedMs: 100 * DAY_MS + step * HOUR_MS,
      parent: `before-${step}`,
      changedFiles: 100,
      bytesAdded: 10 * MIB,
      bytesHighEntropy: 10 * MIB,
    }),
  )
  const history = days(10)
  const found = steps.map((step, place) => findOddity(step, [...history, ...steps.slice(0, place)]))
  t.deepEqual(
    found.map((oddity) => oddity?.goodSnapshots[0]),
    [undefined, undefined, undefined, undefined, 'before-0', 'before-0'],
  )
})

test.serial('odd: files that are all rewritten with random bytes raise it once, and the last good snapshot is pinned', async (t) => {
  const web = await startWebServer(t)
  const place = await createRunPlace(t, {
    alarms: {...NO_ALARMS, channels: [{type: 'webhook', url: {type: 'value', value: web.url}}]},
    retention: {policy: {last: 1}, keepBytes: undefined, grouping: undefined},
  })
  t.teardown(() => freezeClock(undefined))
  let clockMs = Date.UTC(2026, 0, 1)
  const take = (): ReturnType<typeof place.run> => {
    freezeClock(BigInt((clockMs += HOUR_MS)) * 1_000_000n)
    return place.run()
  }
  mkdirSync(join(place.source, 'documents'))
  const paths = Array.from({length: 60}, (_, file) => join(place.source, 'documents', `file-${file}`))
  const line = (file: number): string => `line of file ${file}, which says the same again and again\n`
  for (const [file, path] of paths.entries()) writeFileSync(path, line(file).repeat(1000))
  for (let day = 0; day < 6; day++) {
    writeFileSync(paths[day], `${line(day).repeat(1000)}and day ${day}\n`)
    // Packages are installed and go, a branch is checked out.
    const packages = join(place.source, 'packages')
    if (day === 3)
      for (let file = 0; file < 100; file++) writeRandom(join((mkdirSync(packages, {recursive: true}), packages), `${file}`), file, 20_000)
    await take()
  }
  t.deepEqual(web.asked, [])
  const good = place.runs()[0].end!.snapshot!.id!
  for (const [file, path] of paths.entries()) {
    writeRandom(path, 1000 + file, readFileSync(path).length)
    renameSync(path, `${path}.locked`)
  }
  for (const name of readdirSync(join(place.source, 'packages')))
    writeRandom(join(place.source, 'packages', name), 5000 + Number(name), 20_000)
  const outcome = await take()
  t.is(outcome.status, 'succeeded')
  t.is(web.asked.length, 1)
  const told = JSON.parse(web.asked[0].body) as Record<string, string>
  t.is(told.occasion, 'odd')
  t.true(told.text.includes(`pinned as ${told.pinned_id}`), told.text)
  const snapshots = await withRepository(place, (repository) => listSnapshots(repository))
  const pinned = snapshots.find(({id}) => id === told.pinned_id)
  t.like(pinned, {isPinned: true, original: good})
  t.deepEqual(
    snapshots.map(({isPinned}) => isPinned),
    [true, false],
  )
  t.true(place.events().some(({type}) => type === 'odd'))
  rmSync(join(place.source, 'packages'), {recursive: true})
  await take()
  await take()
  t.is(web.asked.filter(({body}) => body.includes('"odd"')).length, 1)
})
