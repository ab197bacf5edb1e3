import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import test, {type ExecutionContext} from 'ava'
import {crontab, cronLine, hasCrontab, isCronAlive} from '../../src/machine/crontab.js'
import type {Trigger} from '../../src/schedule/schedule.js'
import {type FakeMachine, fakeMachine, jobOf} from './fake-machine.js'

const NODE = '/usr/bin/node /opt/pocket/bin/pocket.js schedule run home --config /home/ada/.config/pocket/config.toml'

const LINES: [trigger: Trigger, line: string][] = [
  [{type: 'daily', atMinute: 125}, `5 2 * * * ${NODE} # pocket:schedule-home`],
  [{type: 'cron', expression: '0 2 13 * fri'}, `0 2 13 * 5 ${NODE} # pocket:schedule-home`],
  [{type: 'cron', expression: '*/15 8-18 * jan-mar *'}, `*/15 8-18 * 1,2,3 * ${NODE} # pocket:schedule-home`],
  [{type: 'every', everyMs: 15 * 60_000}, `*/15 * * * * ${NODE} # pocket:schedule-home`],
  [{type: 'every', everyMs: 60_000}, `* * * * * ${NODE} # pocket:schedule-home`],
  [{type: 'every', everyMs: 3_600_000}, `0 * * * * ${NODE} # pocket:schedule-home`],
  [{type: 'every', everyMs: 6 * 3_600_000}, `0 */6 * * * ${NODE} # pocket:schedule-home`],
  [{type: 'every', everyMs: 90 * 60_000}, `*/30 * * * * ${NODE} --if-due # pocket:schedule-home`],
  [{type: 'every', everyMs: 15_000}, `* * * * * ${NODE} --if-due # pocket:schedule-home`],
]

for (const [trigger, line] of LINES) {
  test(`cron: ${JSON.stringify(trigger)} is the line '${line.slice(0, line.indexOf(' /usr'))}'`, (t) => {
    t.is(cronLine(jobOf({trigger})), line)
  })
}

test('cron: with jitter the program waits by itself, for cron knows no delay', (t) => {
  t.true(cronLine(jobOf({jitterMs: 60_000})).endsWith(' --delayed # pocket:schedule-home'))
})

test('cron: whatever stands in a path reaches the program as it is', async (t) => {
  const words = ['/bin/echo', 'it\'s 100% $HOME `x` \\ "y"; # ü']
  const line = cronLine(jobOf({words, environment: {POCKET_STATE_DIRECTORY: '/a b'}}))
  t.true(line.startsWith("0 2 * * * POCKET_STATE_DIRECTORY='/a b' /bin/echo "))
  t.notRegex(line, /[^\\]%/)
  // What cron does before it hands the command to the shell.
  const command = line.slice('0 2 * * * '.length).replaceAll('\\%', '%')
  const {stdout} = await promisify(execFile)('/bin/sh', ['-c', command])
  t.is(stdout, `${words[1]}\n`)
  t.throws(() => cronLine(jobOf({words: ['a\nb']})), {message: /has a line break/})
})

const OTHERS = 'MAILTO=ada@example.org\n# mine\n\n0 1 * * * other # pocket money\n'

async function withTable(t: ExecutionContext, table: {text: string | undefined}): Promise<FakeMachine> {
  const read = () => (table.text === undefined ? {code: 1, stderr: 'no crontab for ada\n'} : table.text)
  const write = ({input}: {input?: string}) => {
    table.text = input
    return ''
  }
  return fakeMachine(t, {programs: {'crontab -l': read, 'crontab -': write}})
}

test('cron: a line is added, replaced and removed, and all others stay to the byte', async (t) => {
  const table = {text: OTHERS as string | undefined}
  const installer = crontab(await withTable(t, table))
  t.deepEqual(await installer.install(jobOf()), [])
  t.is(table.text, `${OTHERS}${cronLine(jobOf())}\n`)
  await installer.install(jobOf({trigger: {type: 'daily', atMinute: 0}}))
  t.is(table.text, `${OTHERS}${cronLine(jobOf({trigger: {type: 'daily', atMinute: 0}}))}\n`)
  t.deepEqual(await installer.list(), ['schedule-home'])
  t.true(await installer.remove('schedule-home'))
  t.is(table.text, OTHERS)
  t.false(await installer.remove('schedule-home'))
})

test('cron: who has no table gets one', async (t) => {
  const table = {text: undefined as string | undefined}
  const installer = crontab(await withTable(t, table))
  await installer.install(jobOf())
  t.is(table.text, `${cronLine(jobOf())}\n`)
})

test('cron: a table that cannot be read is not written over', async (t) => {
  const machine = await fakeMachine(t, {
    programs: {'crontab -l': {code: 1, stderr: 'You (ada) are not allowed to use this program (crontab)\n'}},
  })
  await t.throwsAsync(() => crontab(machine).install(jobOf()), {message: /cannot read the table of cron: You \(ada\) are not allowed/})
  t.deepEqual(machine.calls, ['crontab -l'])
})

test('cron: it is there only with a table, and alive only with a daemon', async (t) => {
  const programs = {'crontab -l': {code: 1, stderr: 'no crontab for ada'}}
  t.true(await hasCrontab(await fakeMachine(t, {programs})))
  t.false(await hasCrontab(await fakeMachine(t)))
  t.true(await isCronAlive(await fakeMachine(t, {files: {'/proc/17/comm': 'cron\n', '/proc/1/comm': 'sh\n'}})))
  t.false(await isCronAlive(await fakeMachine(t, {files: {'/proc/1/comm': 'sh\n', '/proc/meminfo': ''}})))
})
