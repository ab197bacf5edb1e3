/** A program that runs a profile full of secrets, which come on its input: `node secret-run.js FOLDER`. */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {runProfile} from '../../src/automation/run-profile.js'
import {checkSilence, deliverPending} from '../../src/automation/tend-alarms.js'
import {PocketError} from '../../src/errors.js'
import {hooksOf, NO_ALARMS, profileOf} from './run-fixture.js'

interface Input {
  secrets: Record<string, string>
  web: string
  smtpPort: number
}

const [, , folder] = process.argv
const {secrets, web, smtpPort} = JSON.parse(await text(process.stdin)) as Input
const stateDirectory = join(folder, 'state')
mkdirSync(join(folder, 'source'))
const value = (url: string) => ({type: 'value', value: url}) as const
const profile = profileOf({
  paths: [join(folder, 'source')],
  // The hook is given what it tells by its environment, as careless ones are.
  hooks: hooksOf({before: 'sleep 0.2; echo "told with $AWS_SECRET_ACCESS_KEY and $TOLD"', onFailure: 'echo "$POCKET_ERROR"'}),
  alarms: {
    ...NO_ALARMS,
    on: ['failure', 'success', 'silence', 'odd'],
    channels: [
      {type: 'webhook', url: value(`${web}/${secrets.webhook}`)},
      {type: 'webhook', url: {type: 'file', path: join(folder, 'url')}},
      {type: 'ping', url: value(`${web}/${secrets.ping}`)},
      {
        type: 'email',
        server: `smtp://127.0.0.1:${smtpPort}`,
        user: 'pocket',
        password: value(secrets.mail),
        from: 'a@example.org',
        to: ['b@example.org'],
      },
      {type: 'command', command: 'cat'},
    ],
  },
})
process.env.TOLD = secrets.webhook
const sending = {attempts: 2, pauseMs: 1, timeoutMs: 2000}
const all = Object.values(secrets).join(' ')
const onWarning = (warning: PocketError): void => void process.stdout.write(`${warning.message}\n`)
const withRepository = () =>
  Promise.reject(new PocketError('connection-failed', `cannot reach https://user:${secrets.key}@host/ with ${all}`))
// What an error says of a file's content is known to the run by then.
for (let time = 0; time < 2; time++) {
  await runProfile({
    profile,
    trigger: 'schedule',
    steps: new Set(['snapshot']),
    stateDirectory,
    withRepository,
    sending,
    onWarning,
    secrets: [secrets.file],
  })
}
await deliverPending([profile], {stateDirectory, sending, onWarning})
await checkSilence([profile], {stateDirectory, sending, onWarning})
