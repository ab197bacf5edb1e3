import {execFileSync} from 'node:child_process'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {checkSilence} from '../../src/automation/tend-alarms.js'
import type {RunRequest} from '../../src/automation/run-types.js'
import {PocketError} from '../../src/errors.js'
import {readRuns} from '../../src/journal/read-runs.js'
import {startWebServer} from '../alarm/web-server.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE} from '../small-disk.js'
import {createRunPlace, NO_ALARMS} from './run-fixture.js'

onMountable(
  `full disk of the state folder: snapshots go on, the journal tells of them, and it is told once ${WHERE_MOUNTABLE}`,
  async (t) => {
    const web = await startWebServer(t)
    const place = await createRunPlace(t, {
      alarms: {...NO_ALARMS, channels: [{type: 'webhook', url: {type: 'value', value: web.url}}]},
      check: {everyMs: 0, maxAgeMs: undefined, maxDurationMs: 1000},
    })
    const stateDirectory = smallDisk(t, place.folder, 'size=400k')
    const told = (): string[] => web.asked.map(({body}) => (JSON.parse(body) as {occasion: string; code: string}).code)
    const run = (changes: Partial<RunRequest> = {}) => place.run({stateDirectory, ...changes})
    for (let time = 0; time < 5; time++) await run()
    await checkSilence([place.profile], {stateDirectory})
    fillUp(stateDirectory)
    for (let time = 0; time < 4; time++) {
      writeFileSync(join(place.source, 'file'), `content ${time}`)
      const {status, snapshot, id} = await run()
      t.is(status, 'succeeded')
      t.truthy(snapshot?.id)
      const [last] = readRuns(stateDirectory, 'home')
      t.is(last.id, id)
      t.is(last.state, 'succeeded')
      t.is(last.end!.snapshot!.id, snapshot!.id)
    }
    t.deepEqual(told(), ['no-space'])
    const refused = () => Promise.reject(new PocketError('credentials-refused', 'no'))
    for (let time = 0; time < 3; time++) await run({withRepository: refused})
    t.is([...readRuns(stateDirectory, 'home')][0].end!.error!.code, 'credentials-refused')
    t.deepEqual(told(), ['no-space', 'credentials-refused'])
    rmSync(join(stateDirectory, 'filler'))
    await run()
    t.deepEqual(told(), ['no-space', 'credentials-refused', 'no-space'])
  },
)

onMountable(`full disk of the state folder, from the first run on: snapshots go on ${WHERE_MOUNTABLE}`, async (t) => {
  const place = await createRunPlace(t)
  const stateDirectory = smallDisk(t, place.folder, 'size=100k')
  fillUp(stateDirectory)
  const warnings: PocketError[] = []
  const {status, snapshot} = await place.run({stateDirectory, onWarning: (warning) => warnings.push(warning)})
  t.is(status, 'succeeded')
  t.truthy(snapshot?.id)
  t.true(
    warnings.some(({code}) => code === 'no-space'),
    warnings.join('\n'),
  )
})

onMountable(`read-only state folder: snapshots go on, and say that nothing can be noted ${WHERE_MOUNTABLE}`, async (t) => {
  const place = await createRunPlace(t)
  const stateDirectory = smallDisk(t, place.folder, 'size=100k')
  mkdirSync(join(stateDirectory, 'runs'))
  execFileSync('mount', ['-o', 'remount,ro', stateDirectory])
  const warnings: PocketError[] = []
  const {status} = await place.run({stateDirectory, onWarning: (warning) => warnings.push(warning)})
  t.is(status, 'succeeded')
  t.true(
    warnings.some(({code}) => code === 'read-only'),
    warnings.join('\n'),
  )
})

function fillUp(disk: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'], {stdio: 'ignore'})
  } catch (error) {
    // It ends so when the disk is full.
    if (!(error instanceof Error && 'status' in error)) throw error
  }
}
