import {join} from 'node:path'
import test from 'ava'
import {isScheduleKey, scheduleJob, tickJob} from '../../../src/cli/schedule/jobs.js'
import {cronLine} from '../../../src/machine/crontab.js'
import {plistOf} from '../../../src/machine/launchd-plist.js'
import {unitsOf} from '../../../src/machine/systemd-units.js'
import {taskXml} from '../../../src/machine/task-xml.js'
import {scheduleOf} from '../../schedule/schedules.js'

const environment = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/ada',
  POCKET_STATE_DIRECTORY: '/state',
  POCKET_PASSWORD: 'secret-1',
  POCKET_PASSWORD_COMMAND: 'echo secret-2',
  POCKET_KEY_FILE: '/secret-3',
  AWS_SECRET_ACCESS_KEY: 'secret-4',
  AWS_SESSION_TOKEN: 'secret-5',
  HTTPS_PROXY: 'http://ada:secret-6@proxy',
  ANYTHING: 'secret-7',
}
const place = {configPath: '/etc/pocket.toml', suffix: '.0a1b2c3d', environment}

test('jobs: whatever is installed names places and no secret', (t) => {
  for (const job of [scheduleJob(scheduleOf(), place), tickJob(place)]) {
    t.deepEqual(job.environment, {PATH: '/usr/bin:/bin', HOME: '/home/ada', POCKET_STATE_DIRECTORY: '/state'})
    const texts = [cronLine(job), plistOf('x', job), taskXml(job), ...Object.values(unitsOf(job, {isSystem: true}))]
    for (const text of texts) t.notRegex(text, /secret-/)
  }
})

test('jobs: the program, the config file and the folder of the state are absolute', (t) => {
  const job = scheduleJob(scheduleOf(), {...place, configPath: 'pocket.toml', environment: {POCKET_STATE_DIRECTORY: 'state'}})
  t.is(job.words[0], process.execPath)
  t.true(job.words[1].endsWith(join('bin', 'pocket.js')))
  t.deepEqual(job.words.slice(2), ['schedule', 'run', 'home', '--quiet', '--config', join(process.cwd(), 'pocket.toml')])
  t.is(job.environment.POCKET_STATE_DIRECTORY, join(process.cwd(), 'state'))
})

test('jobs: those of one config file are told from those of another', (t) => {
  const keys = [
    scheduleJob(scheduleOf({name: 'a-0a1b2c3d'}), {...place, suffix: ''}).key,
    scheduleJob(scheduleOf(), place).key,
    tickJob(place).key,
  ]
  t.deepEqual(
    keys.map((key) => isScheduleKey(key, '')),
    [true, false, false],
  )
  t.deepEqual(
    keys.map((key) => isScheduleKey(key, '.0a1b2c3d')),
    [false, true, false],
  )
})
