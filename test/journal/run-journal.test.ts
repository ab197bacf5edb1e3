import {appendFileSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {execFileSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import test from 'ava'
import {dropOldRuns} from '../../src/journal/drop-old-runs.js'
import {findRun, latestRuns, profilesWithRuns, readEvents, readRuns} from '../../src/journal/read-runs.js'
import {RunJournal} from '../../src/journal/run-journal.js'
import {END_BYTES, type RunEnd, runFileName, runsFolder, type RunStart, START_BYTES} from '../../src/journal/run-record.js'
import type {PocketError} from '../../src/errors.js'
import {ownIdentity} from '../../src/util/process-identity.js'
import {Redactor} from '../../src/util/redact.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE} from '../small-disk.js'

const DAY_MS = 24 * 60 * 60_000

function startOf(changes: Partial<RunStart> = {}): RunStart {
  return {
    id: randomUUID(),
    profile: 'home',
    trigger: 'schedule',
    steps: ['snapshot'],
    startedMs: Date.now(),
    process: ownIdentity(),
    program: 'pocket 0',
    ...changes,
  }
}

const END: RunEnd = {status: 'succeeded', endedMs: 2, elapsedMs: 1, steps: [], errors: 0, warnings: 0}

async function open(
  stateDirectory: string,
  changes: Partial<RunStart> = {},
  secrets: string[] = [],
): Promise<{journal: RunJournal; troubles: PocketError[]}> {
  const troubles: PocketError[] = []
  const redactor = new Redactor(secrets)
  const journal = await RunJournal.open(startOf(changes), {stateDirectory, redactor, onTrouble: (trouble) => troubles.push(trouble)})
  return {journal, troubles}
}

test('journal: a run is told with its start, its events and its end', async (t) => {
  const folder = temporaryFolder(t)
  const {journal} = await open(folder, {profile: 'photos/2026 ü'})
  journal.add({type: 'step-begun', step: 'snapshot'})
  await journal.finish(END)
  journal.add({type: 'note', message: 'told after the end'})
  journal.close()
  t.deepEqual(profilesWithRuns(folder), ['photos/2026 ü'])
  const [run] = latestRuns(folder, profilesWithRuns(folder), 5)
  t.like(run, {id: journal.start.id, state: 'succeeded', end: END})
  t.like(readEvents(run), [{type: 'step-begun', step: 'snapshot'}, {type: 'note'}])
})

test('journal: a run that was killed is told as killed, one that lives as running', async (t) => {
  const folder = temporaryFolder(t)
  await open(folder, {startedMs: 1, process: {...ownIdentity(), started: '1'}})
  t.is([...readRuns(folder, 'home')][0].state, 'killed')
  await open(folder, {startedMs: 2})
  t.deepEqual(
    [...readRuns(folder, 'home')].map(({state}) => state),
    ['running', 'killed'],
  )
})

test('journal: of one process only the last run of a profile can be running', async (t) => {
  const folder = temporaryFolder(t)
  await open(folder, {startedMs: 1})
  await open(folder, {startedMs: 2})
  t.deepEqual(
    [...readRuns(folder, 'home')].map(({state}) => state),
    ['running', 'killed'],
  )
})

test('journal: what a power loss leaves of a last line, or of a file, is passed over', async (t) => {
  const folder = temporaryFolder(t)
  const {journal} = await open(folder)
  journal.add({type: 'note', message: 'whole'})
  appendFileSync(journal.path, '{"type":"note","mess')
  t.like(readEvents(journal), [{message: 'whole'}])
  t.is(readEvents(journal).length, 1)
  writeFileSync(join(runsFolder(folder, 'home'), '20260101T000000000Z-empty.jsonl'), '')
  writeFileSync(join(runsFolder(folder, 'home'), '20260101T000000001Z-zeros.jsonl'), Buffer.alloc(4096))
  t.is([...readRuns(folder, 'home')].length, 1)
})

test('journal: the end has its room from the start, however much there is to say', async (t) => {
  const folder = temporaryFolder(t)
  const {journal} = await open(folder)
  t.is(statSync(journal.path).size, START_BYTES + END_BYTES)
  const long = 'ü'.repeat(5000)
  await journal.finish({...END, status: 'failed', error: {code: 'io-failed', message: long, hint: long}})
  journal.close()
  t.is(statSync(journal.path).size, START_BYTES + END_BYTES)
  const [{end}] = readRuns(folder, 'home')
  t.is(end!.error!.code, 'io-failed')
  t.true(end!.error!.message.startsWith('üü'))
})

test('journal: no secret gets into it, in whatever form', async (t) => {
  const folder = temporaryFolder(t)
  const secret = 'pa"ss/wörd&1'
  const {journal} = await open(folder, {}, [secret, 'two\nlines-of-it'])
  journal.add({type: 'output', hook: 'before', line: `with ${secret} and ${encodeURIComponent(secret)} and lines-of-it`})
  journal.add({type: 'note', message: 'https://user:hunter22@host/path'})
  await journal.finish({...END, error: {code: 'io-failed', message: `cannot use ${secret}`}})
  journal.close()
  const text = readFileSync(journal.path, 'utf8') + journal.tail
  for (const form of ['ss/w', 'w%C3%B6rd', 'lines-of-it', 'hunter22']) t.false(text.includes(form), form)
  t.is(text.split('***').length - 1, 9)
})

test('journal: of what there may be for every file a thousand are written, and all are counted', async (t) => {
  const folder = temporaryFolder(t)
  const {journal} = await open(folder)
  for (let file = 0; file < 1500; file++) journal.add({type: 'unreadable', path: `/${file}`, code: 'EACCES', message: 'no'})
  t.is(journal.errors, 1500)
  await journal.finish(END)
  journal.close()
  const events = readEvents(journal)
  t.is(events.filter(({type}) => type === 'unreadable').length, 1000)
  t.like(events.at(-1), {type: 'note', message: "500 more of the kind 'unreadable' are left out"})
})

test('journal: the beginning of an id finds its run, if there is one such', async (t) => {
  const folder = temporaryFolder(t)
  for (const id of ['aa000000', 'ab000000']) await open(folder, {id})
  t.is(findRun(folder, 'aa').id, 'aa000000')
  t.throws(() => findRun(folder, 'a'), {code: 'usage', message: /beginning of 2 runs/})
  t.throws(() => findRun(folder, 'ff'), {code: 'usage'})
})

test('journal: a thousand runs are kept, none older than 400 days, and always the last', async (t) => {
  const folder = temporaryFolder(t)
  await open(folder, {startedMs: Date.UTC(2020, 1)})
  const runs = runsFolder(folder, 'home')
  const nowMs = Date.UTC(2026, 1)
  dropOldRuns(folder, 'home', nowMs)
  t.is(readdirSync(runs).length, 1)
  for (let run = 0; run < 1010; run++) writeFileSync(join(runs, runFileName({startedMs: nowMs - run * 60_000, id: `${run}`})), '')
  writeFileSync(join(runs, runFileName({startedMs: nowMs - 401 * DAY_MS, id: 'old'})), '')
  dropOldRuns(folder, 'home', nowMs)
  const left = readdirSync(runs)
  t.is(left.length, 1000)
  t.false(left.some((name) => name.includes('old')))
  dropOldRuns(folder, 'home', nowMs + 500 * DAY_MS)
  t.deepEqual(readdirSync(runs), [runFileName({startedMs: nowMs, id: '0'})])
})

onMountable(
  `journal: on a disk that becomes full the end is written, and the lines that are lost are counted ${WHERE_MOUNTABLE}`,
  async (t) => {
    const disk = smallDisk(t, temporaryFolder(t), 'size=256k')
    const {journal, troubles} = await open(disk)
    fill(disk)
    for (let line = 0; line < 100; line++) journal.add({type: 'note', message: `${line} ${'x'.repeat(200)}`})
    await journal.finish({...END, status: 'failed'})
    journal.close()
    t.is(troubles.length, 1)
    t.is(troubles[0].code, 'no-space')
    const [{state, end}] = readRuns(disk, 'home')
    t.is(state, 'failed')
    t.true(end!.lostEvents! > 50, `${end!.lostEvents} lost`)
    for (const event of readEvents(journal)) t.is(event.type, 'note')
  },
)

onMountable(`journal: on a full disk the oldest run makes room for a new one ${WHERE_MOUNTABLE}`, async (t) => {
  const disk = smallDisk(t, temporaryFolder(t), 'size=256k')
  for (let run = 0; run < 5; run++) {
    const {journal} = await open(disk, {startedMs: run + 1})
    journal.add({type: 'note', message: `run ${run}`})
    await journal.finish(END)
    journal.close()
  }
  fill(disk)
  const {journal, troubles} = await open(disk, {startedMs: 10})
  await journal.finish({...END, status: 'incomplete'})
  journal.close()
  t.is(troubles[0].code, 'no-space')
  const runs = [...readRuns(disk, 'home')]
  t.deepEqual(
    runs.map(({startedMs, state}) => [startedMs, state]),
    [
      [10, 'incomplete'],
      [5, 'succeeded'],
      [4, 'succeeded'],
      [3, 'succeeded'],
      [2, 'succeeded'],
    ],
  )
  t.deepEqual(readEvents(runs[0]), [])
})

function fill(disk: string): void {
  untilFull(() => execFileSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'], {stdio: 'ignore'}))
}

/** It ends with an error when the disk is full: that is what it is for. */
function untilFull(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Error && 'status' in error)) throw error
  }
}
