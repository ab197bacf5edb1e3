/** A program that begins a run and stays in one of its phases, to be killed: `node killed-run.js SOURCE STATE PHASE URL`. */
import {runProfile} from '../../src/automation/run-profile.js'
import type {SnapshotResult} from '../../src/operations/take-snapshot.js'
import {hooksOf, NO_ALARMS, profileOf} from './run-fixture.js'

const [, , source, stateDirectory, phase, url] = process.argv
const totals = {files: 1, directories: 0, links: 0, others: 0, bytes: 1, unreadable: 0}
const counts = {new: 1, changed: 0, unchanged: 0}
const numbers = {bytesRead: 1, bytesAdded: 1, bytesStored: 1, chunksNew: 1, changedWhileRead: 0, skipped: 0}
const result: SnapshotResult = {
  dryRun: false,
  summary: {files: counts, directories: counts, ...numbers, total: totals},
  unreadable: 0,
  elapsedMs: 1,
}

/** Says that the phase is reached, and ends never. */
function stay(): Promise<never> {
  process.stdout.write('at work\n')
  return new Promise(() => undefined)
}

const timer = setInterval(() => undefined, 1000)
const hook = 'sleep 60'
await runProfile({
  profile: profileOf({
    paths: [source],
    hooks: hooksOf(phase === 'before' || phase === 'after' ? {[phase]: hook} : {}),
    alarms: {...NO_ALARMS, on: ['success'], channels: [{type: 'webhook', url: {type: 'value', value: url}}]},
  }),
  trigger: 'schedule',
  steps: new Set(['snapshot', 'drill']),
  stateDirectory,
  withRepository: (use) => (phase === 'opening' ? stay() : use({} as never)),
  snapshot: () => (phase === 'snapshot' ? stay() : Promise.resolve(result)),
  drill: () => (phase === 'drill' ? stay() : Promise.resolve({files: 1, bytes: 1, failed: 0})),
  sending: {timeoutMs: 60_000},
})
clearInterval(timer)
