import {execFile, spawnSync} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import test from 'ava'
import {occurrenceAfter} from '../../src/schedule/occurrences.js'
import type {Trigger} from '../../src/schedule/schedule.js'
import {detectInstaller} from '../../src/machine/installer.js'
import {runCommand} from '../../src/machine/machine.js'
import {answersSystemd, systemd} from '../../src/machine/systemd.js'
import {calendarOf} from '../../src/machine/systemd-calendar.js'
import {unitsOf} from '../../src/machine/systemd-units.js'
import {exists} from '../../src/util/exists.js'
import {fakeMachine, jobOf} from './fake-machine.js'

const CALENDARS: [trigger: Trigger, lines: string[], isExact?: false][] = [
  [{type: 'daily', atMinute: 125}, ['*-*-* 02:05:00']],
  [{type: 'cron', expression: '*/15 8-10 * * mon-fri'}, ['Mon,Tue,Wed,Thu,Fri *-*-* 08,09,10:0/15:00']],
  [{type: 'cron', expression: '0 2 13 * fri'}, ['*-*-13 02:00:00', 'Fri *-*-* 02:00:00']],
  [{type: 'cron', expression: '0 2 */2 1-3 fri'}, ['Fri *-01,02,03-1/2 02:00:00']],
  [{type: 'cron', expression: '* * * * *'}, ['*-*-* *:*:00']],
  [{type: 'every', everyMs: 15_000}, ['*-*-* *:*:0/15']],
  [{type: 'every', everyMs: 15 * 60_000}, ['*-*-* *:0/15:00']],
  [{type: 'every', everyMs: 3_600_000}, ['*-*-* *:00:00']],
  [{type: 'every', everyMs: 6 * 3_600_000}, ['*-*-* 0/6:00:00']],
  [{type: 'every', everyMs: 90 * 60_000}, ['*-*-* *:0/30:00'], false],
  [{type: 'every', everyMs: 24 * 3_600_000}, ['*-*-* *:00:00'], false],
]

for (const [trigger, lines, isExact = true] of CALENDARS) {
  test(`systemd: ${JSON.stringify(trigger)} is ${lines.join(' and ')}`, (t) => {
    t.deepEqual(calendarOf(trigger), {lines, isExact})
  })
}

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
const analyzed = hasAnalyze ? test : test.skip

for (const expression of [
  '5 2 * * *',
  '*/15 8-18 * * 1-5',
  '0 2 13 * 5',
  '0 2 */2 1-3 5',
  '30 4 1,15 * *',
  '0 0 29 2 *',
  '7-59/10 */6 * * 0',
]) {
  analyzed(
    `systemd: by its own word, its next times are those of cron '${expression}'${hasAnalyze ? '' : ' (there is no systemd-analyze)'}`,
    async (t) => {
      const {lines} = calendarOf({type: 'cron', expression})
      const begin = Date.UTC(2026, 10, 3, 12)
      const words = ['calendar', '--iterations=8', `--base-time=@${begin / 1000}`, ...lines]
      const {stdout} = await promisify(execFile)('systemd-analyze', words, {env: {...process.env, TZ: 'UTC', LC_ALL: 'C'}})
      const times = [...stdout.matchAll(/(?:Next elapse|Iter[^:]*): \w+ (\S+ \S+) UTC/g)].map(([, time]) =>
        Date.parse(`${time.replace(' ', 'T')}Z`),
      )
      process.env.TZ = 'UTC'
      const expected: number[] = []
      for (let at = begin; expected.length < 8; ) {
        at = (await occurrenceAfter({type: 'cron', expression}, at)) ?? Number.NaN
        expected.push(at)
      }
      t.deepEqual([...new Set(times)].toSorted((left, right) => left - right).slice(0, 8), expected)
    },
  )
}

test('systemd: the units say what the schedule does', (t) => {
  const job = jobOf({longestMs: 3_600_000, jitterMs: 600_000, environment: {POCKET_STATE_DIRECTORY: '/var/lib/pocket'}})
  const {service, timer} = unitsOf(job, {isSystem: true})
  for (const line of [
    'Type=oneshot',
    'ExecStart="/usr/bin/node" "/opt/pocket/bin/pocket.js" "schedule" "run" "home" "--config" "/home/ada/.config/pocket/config.toml"',
    'Environment="POCKET_STATE_DIRECTORY=/var/lib/pocket"',
    'Nice=19',
    'IOSchedulingClass=idle',
    'TimeoutStartSec=3900s',
  ]) {
    t.true(service.split('\n').includes(line), line)
  }
  for (const line of [
    'OnCalendar=*-*-* 02:00:00',
    'Persistent=true',
    'AccuracySec=1s',
    'RandomizedDelaySec=600s',
    'FixedRandomDelay=true',
  ]) {
    t.true(timer.split('\n').includes(line), line)
  }
  const plain = unitsOf(jobOf({catchUp: false, isLowPriority: false}), {isSystem: false})
  t.true(plain.service.includes('TimeoutStartSec=infinity') && !plain.service.includes('Nice') && !plain.service.includes('network-online'))
  t.true(plain.timer.includes('Persistent=false') && !plain.timer.includes('RandomizedDelay'))
  t.false(/Protect|Private|ReadOnly/.test(service + plain.service))
})

analyzed(`systemd: its own verifier finds nothing wrong with the units${hasAnalyze ? '' : ' (there is no systemd-analyze)'}`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-units-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  const words = [process.execPath, '/a b/100%/$HOME/"quoted"/it\'s\\ü', 'schedule', 'run', 'home']
  const units = unitsOf(jobOf({words, jitterMs: 60_000, trigger: {type: 'cron', expression: '0 2 13 * fri'}}), {isSystem: true})
  await writeFile(join(folder, 'pocket-test.service'), units.service)
  await writeFile(join(folder, 'pocket-test.timer'), units.timer)
  const {code, stdout, stderr} = await runCommand('systemd-analyze', [
    'verify',
    join(folder, 'pocket-test.timer'),
    join(folder, 'pocket-test.service'),
  ])
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('pocket-test'))
  t.deepEqual(complaints, [])
  t.is(code, 0, stderr)
})

const WORKING = {'systemctl --user': '', systemctl: '', loginctl: 'Linger=no\n'}

test('systemd: a timer is written, enabled and started; of a user who does not linger, that is told', async (t) => {
  const machine = await fakeMachine(t, {programs: WORKING})
  const [notice] = await systemd(machine).install(jobOf())
  t.regex(notice, /enable-linger/)
  t.deepEqual(machine.calls.slice(0, 3), [
    'systemctl --user daemon-reload',
    'systemctl --user enable pocket-schedule-home.timer',
    'systemctl --user restart pocket-schedule-home.timer',
  ])
  const folder = join(machine.homeDirectory, '.config/systemd/user')
  t.is(await readFile(join(folder, 'pocket-schedule-home.timer'), 'utf8'), unitsOf(jobOf(), {isSystem: false}).timer)
  t.deepEqual(await systemd(machine).list(), ['schedule-home'])
  t.true(await systemd(machine).remove('schedule-home'))
  t.false(await exists(join(folder, 'pocket-schedule-home.service')))
  t.false(await systemd(machine).remove('schedule-home'))
})

test('systemd: root gets a timer of the system', async (t) => {
  const machine = await fakeMachine(t, {programs: WORKING, userId: 0})
  t.deepEqual(await systemd(machine).install(jobOf()), [])
  t.true(await exists(join(machine.root, '/etc/systemd/system/pocket-schedule-home.timer')))
  t.true(machine.calls.includes('systemctl enable pocket-schedule-home.timer'))
})

test('systemd: what cannot be enabled leaves nothing behind', async (t) => {
  const machine = await fakeMachine(t, {
    programs: {'systemctl --user daemon-reload': '', 'systemctl --user enable': {code: 1, stderr: 'Access denied\n'}},
  })
  await t.throwsAsync(() => systemd(machine).install(jobOf()), {
    message: /'systemctl --user enable pocket-schedule-home.timer' failed: Access denied/,
  })
  t.deepEqual(await systemd(machine).list(), [])
})

test('installer: what the machine has is found: systemd before cron, and nothing where nothing is alive', async (t) => {
  const cron = {'crontab -l': {code: 1, stderr: 'no crontab for ada'}}
  const alive = {'/proc/17/comm': 'cron\n'}
  const asleep = {'/proc/1/comm': 'sh\n'}
  const kindOf = async (fakes: Parameters<typeof fakeMachine>[1]): Promise<string | undefined> =>
    (await detectInstaller(await fakeMachine(t, fakes)))?.kind
  t.is(await kindOf({programs: {...WORKING, ...cron}, files: alive}), 'systemd-user')
  t.is(await kindOf({programs: {...WORKING, ...cron}, files: alive, userId: 0}), 'systemd-system')
  const dead = {systemctl: {code: 1, stderr: 'Failed to connect to bus: No medium found'}}
  t.is(await kindOf({programs: {...dead, ...cron}, files: alive}), 'cron')
  t.is(await kindOf({programs: {...dead, ...cron}, files: asleep}), undefined)
  t.is(await kindOf({files: asleep}), undefined)
  t.is(await kindOf({platform: 'darwin'}), 'launchd')
  t.is(await kindOf({platform: 'win32', userId: undefined}), 'task-scheduler')
  t.false(await answersSystemd(await fakeMachine(t, {platform: 'freebsd', programs: WORKING})))
})
