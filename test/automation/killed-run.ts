/** A program that begins a run and stays in it, to be killed: `node killed-run.js SOURCE STATE`. */
import {runProfile} from '../../src/automation/run-profile.js'
import {profileOf} from './run-fixture.js'

const [, , source, stateDirectory] = process.argv
const timer = setInterval(() => undefined, 1000)
await runProfile({
  profile: profileOf({paths: [source]}),
  trigger: 'schedule',
  steps: new Set(['snapshot']),
  stateDirectory,
  withRepository: () => {
    process.stdout.write('at work\n')
    return new Promise(() => undefined)
  },
})
clearInterval(timer)
