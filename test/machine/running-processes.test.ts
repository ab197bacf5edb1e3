import {spawn} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {pauseProcess, registerProcess, resumeProcess, runningProcesses} from '../../src/machine/running-processes.js'
import {ownIdentity} from '../../src/util/process-identity.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const WHAT = {command: 'snapshot', profile: 'home'}

test('running processes: one that is noted is listed, paused, resumed, and leaves nothing', (t) => {
  const folder = temporaryFolder(t)
  const {pid} = process
  const registration = registerProcess(folder, WHAT)
  t.like(runningProcesses(folder), [{pid, ...WHAT, isPaused: false}])
  if (process.platform !== 'win32') t.is(statSync(join(folder, 'processes', `${pid}.json`)).mode & 0o777, 0o600)

  pauseProcess(folder, pid, undefined)
  t.true(registration.isPaused())
  t.like(runningProcesses(folder), [{pid, isPaused: true}])
  resumeProcess(folder, pid)
  t.false(registration.isPaused())
  pauseProcess(folder, pid, Date.now() - 1)
  t.false(registration.isPaused(), 'its time is over')
  registration.setPaused(true)
  t.true(runningProcesses(folder)[0].isPaused)

  registration.end()
  t.deepEqual(readdirSync(join(folder, 'processes')), [])
})

test('running processes: what dead ones have left is swept, and pauses nobody', async (t) => {
  const folder = temporaryFolder(t)
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.on('exit', resolve))
  const names = (pid: number | undefined): [string, string] =>
    [`${pid}.json`, `${pid}.paused`].map((name) => join(folder, 'processes', name)) as [string, string]
  const [note, mark] = names(child.pid)
  mkdirSync(join(folder, 'processes'))
  writeFileSync(note, JSON.stringify({identity: {...ownIdentity(), pid: child.pid}, command: 'snapshot', startedMs: 1}))
  writeFileSync(mark, '{}')
  // Its number was given anew.
  const [reusedNote, reusedMark] = names(process.pid)
  writeFileSync(reusedNote, JSON.stringify({identity: {...ownIdentity(), started: '1'}, command: 'snapshot', startedMs: 1}))
  writeFileSync(reusedMark, '{}')
  const [, lonelyMark] = names(1)
  writeFileSync(lonelyMark, '{}')

  t.deepEqual(runningProcesses(folder), [])
  for (const path of [note, mark, reusedNote, reusedMark, lonelyMark]) t.false(existsSync(path), path)
})

test('running processes: one of another machine is neither listed nor swept', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'processes'))
  const note = join(folder, 'processes', '77.json')
  writeFileSync(note, JSON.stringify({identity: {...ownIdentity(), host: 'elsewhere', boot: 'other', pid: 77}, command: 'x', startedMs: 1}))
  t.deepEqual(runningProcesses(folder), [])
  t.true(existsSync(note))
})

test('running processes: a folder that cannot be looked into is an error and not a crash', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'processes'), 'no folder')
  t.throws(() => runningProcesses(folder), {name: 'PocketError'})
  t.throws(() => registerProcess(folder, WHAT), {name: 'PocketError'})
})
