import test from 'ava'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {checkSilence} from '../../src/automation/tend-alarms.js'
import {profileStatus} from '../../src/automation/profile-status.js'
import {takeSnapshot} from '../../src/index.js'
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
