import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {findDeadMarkers, placeMarker, removeMarkers} from '../../src/repository/session-marker.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid
}

function leaveMarker(cache: string, pid: number | string): string {
  const folder = join(cache, 'sessions')
  mkdirSync(folder, {recursive: true})
  const path = join(folder, `${pid}_left`)
  writeFileSync(path, '')
  return path
}

test('session marker: it is there while its session is, and counts as alive', async (t) => {
  const cache = temporaryFolder(t)
  const marker = await placeMarker(cache)
  t.is(readdirSync(join(cache, 'sessions')).length, 1)
  t.deepEqual(await findDeadMarkers(cache), [])
  await marker.remove()
  t.deepEqual(readdirSync(join(cache, 'sessions')), [])
  await marker.remove()
})

test('session marker: one whose process is gone is found, until it is removed', async (t) => {
  const cache = temporaryFolder(t)
  const left = leaveMarker(cache, deadPid())
  const alive = leaveMarker(cache, process.ppid)
  t.deepEqual(await findDeadMarkers(cache), [left])
  await removeMarkers([left, left])
  t.deepEqual(await findDeadMarkers(cache), [])
  t.true(existsSync(alive))
})

test('session marker: one of an earlier process with this id is dead, as in a container', async (t) => {
  const cache = temporaryFolder(t)
  const left = leaveMarker(cache, process.pid)
  const marker = await placeMarker(cache)
  t.deepEqual(await findDeadMarkers(cache), [left])
  await marker.remove()
})

test('session marker: no cache folder yet is no marker', async (t) => {
  t.deepEqual(await findDeadMarkers(join(temporaryFolder(t), 'none')), [])
})

test('session marker: a name that is none is removed like a dead one', async (t) => {
  const cache = temporaryFolder(t)
  const odd = leaveMarker(cache, 'odd')
  t.deepEqual(await findDeadMarkers(cache), [odd])
})
