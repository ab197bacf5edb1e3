import test from 'ava'
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {alarmDesk, tellUntold} from '../../src/automation/run-alarms.js'
import {checkSilence} from '../../src/automation/tend-alarms.js'
import {profileStatus} from '../../src/automation/profile-status.js'
import {takeSnapshot} from '../../src/index.js'
import {Redactor} from '../../src/util/redact.js'
import {createRunPlace} from './run-fixture.js'

test('silence: a run that finds nothing changed since the last snapshot is a success', async (t) => {
  const place = await createRunPlace(t, {alarms: {on: ['failure', 'silence', 'odd'], repeatMs: 0, silenceMs: 1500, channels: []}} as never)
  writeFileSync(join(place.source, 'file'), 'x')
  const steps = new Set(['snapshot'] as const)
  const snapshot: typeof takeSnapshot = (repository, options) => takeSnapshot(repository, {...options, skipUnchanged: true})
  await place.run({steps, snapshot, trigger: 'watch'})
  await new Promise((r) => setTimeout(r, 2000))
  const outcome = await place.run({steps, snapshot, trigger: 'watch'})
  t.is(outcome.status, 'succeeded')
  await checkSilence([place.profile], {stateDirectory: place.stateDirectory})
  const status = await profileStatus(place.profile, {stateDirectory: place.stateDirectory, nowMs: Date.now()})
  t.true(status.isWell)
})

test('alarms: a run that failed, and was killed before it could tell, is told of by the next one, once', async (t) => {
  const hooks = {before: [{command: 'false', timeoutMs: 1000}], after: [], onFailure: [], finally: []}
  const place = await createRunPlace(t, {hooks})
  await place.run()
  // What is left by a kill between the end of the journal and the alarm.
  rmSync(join(place.stateDirectory, 'alarms'), {recursive: true})
  const desk = alarmDesk({profile: place.profile, stateDirectory: place.stateDirectory, redactor: new Redactor()})
  await tellUntold(desk, place.profile.name, place)
  t.deepEqual(desk.read().troubles, [], 'it may be about to tell by itself')
  for (let turn = 0; turn < 2; turn++) await tellUntold(desk, place.profile.name, {...place, ownRun: 'another'})
  t.like(desk.read().troubles, [{occasion: 'failure', code: 'hook-failed'}])
  t.is(desk.read().troubles.length, 1)
})
