import {execFileSync, spawnSync} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {launchd} from '../../src/machine/launchd.js'
import {plistOf} from '../../src/machine/launchd-plist.js'
import {taskScheduler} from '../../src/machine/task-scheduler.js'
import {taskXml, windowsWord} from '../../src/machine/task-xml.js'
import type {Trigger} from '../../src/schedule/schedule.js'
import {exists} from '../../src/util/exists.js'
import {fakeMachine, jobOf} from './fake-machine.js'

const hasPython = spawnSync('python3', ['--version']).status === 0
const parsed = hasPython ? test : test.skip
const why = hasPython ? '' : ' (there is no python3 to read it)'

/** The property list as another reader has it. */
function readPlist(text: string): Record<string, unknown> {
  const script = 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
  return JSON.parse(execFileSync('python3', ['-c', script], {input: text, encoding: 'utf8'})) as Record<string, unknown>
}

parsed(`launchd: the property list says what the schedule does${why}`, (t) => {
  const words = ['/usr/bin/node', '/a & <b>/"pocket".js']
  const list = readPlist(
    plistOf(
      'pocket.schedule-home',
      jobOf({words, environment: {PATH: '/bin:/usr/bin'}, trigger: {type: 'cron', expression: '0,30 2 13 * 5'}}),
    ),
  )
  t.deepEqual(list, {
    Label: 'pocket.schedule-home',
    ProgramArguments: words,
    EnvironmentVariables: {PATH: '/bin:/usr/bin'},
    StartCalendarInterval: [
      {Minute: 0, Hour: 2, Day: 13},
      {Minute: 30, Hour: 2, Day: 13},
      {Minute: 0, Hour: 2, Weekday: 5},
      {Minute: 30, Hour: 2, Weekday: 5},
    ],
    ProcessType: 'Background',
    LowPriorityIO: true,
    Nice: 19,
    ExitTimeOut: 300,
  })
})

parsed(
  `launchd: an interval is one of its own, a delay is waited for by the program, and a list that is too long is looked through each minute${why}`,
  (t) => {
    const added = (changes: Parameters<typeof jobOf>[0]): unknown[] => {
      const {StartInterval, ProgramArguments} = readPlist(plistOf('pocket.x', jobOf({words: ['/node'], ...changes})))
      return [StartInterval, ...(ProgramArguments as string[])]
    }
    t.deepEqual(added({trigger: {type: 'every', everyMs: 5_400_000}}), [5400, '/node'])
    t.deepEqual(added({jitterMs: 1}), [undefined, '/node', '--delayed'])
    t.deepEqual(added({trigger: {type: 'cron', expression: '* * * * 1-5'}}), [undefined, '/node'])
    t.deepEqual(added({trigger: {type: 'cron', expression: '1-50 8-18 * * 1-5'}}), [60, '/node', '--if-due'])
  },
)

test('launchd: an agent is written and loaded, in place of one of before, and taken out again', async (t) => {
  const machine = await fakeMachine(t, {platform: 'darwin', programs: {launchctl: ''}})
  await launchd(machine).install(jobOf())
  const path = join(machine.homeDirectory, 'Library/LaunchAgents/pocket.schedule-home.plist')
  t.is(await readFile(path, 'utf8'), plistOf('pocket.schedule-home', jobOf()))
  t.deepEqual(machine.calls, [
    'launchctl print gui/1000',
    'launchctl bootout gui/1000/pocket.schedule-home',
    `launchctl bootstrap gui/1000 ${path}`,
  ])
  t.deepEqual(await launchd(machine).list(), ['schedule-home'])
  t.true(await launchd(machine).remove('schedule-home'))
  t.false(await exists(path))
  t.false(await launchd(machine).remove('schedule-home'))
})

test('launchd: where nobody is logged in at the desktop, the domain is that of the user; for root, of the system', async (t) => {
  const machine = await fakeMachine(t, {platform: 'darwin', programs: {'launchctl print': {code: 113}, launchctl: ''}})
  await launchd(machine).install(jobOf())
  t.true(machine.calls.at(-1)?.startsWith('launchctl bootstrap user/1000 '))
  const root = await fakeMachine(t, {platform: 'darwin', userId: 0, programs: {launchctl: ''}})
  await launchd(root).install(jobOf())
  t.true(await exists(join(root.root, '/Library/LaunchDaemons/pocket.schedule-home.plist')))
})

test('launchd: what cannot be loaded leaves nothing behind', async (t) => {
  const machine = await fakeMachine(t, {
    platform: 'darwin',
    programs: {'launchctl bootstrap': {code: 5, stderr: 'Bootstrap failed: 5'}, launchctl: ''},
  })
  await t.throwsAsync(() => launchd(machine).install(jobOf()), {message: /failed: Bootstrap failed: 5/})
  t.deepEqual(await launchd(machine).list(), [])
})

const TRIGGERS: [trigger: Trigger, xml: string, isPolled?: true][] = [
  [
    {type: 'daily', atMinute: 125},
    '<StartBoundary>2024-01-01T02:05:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>',
  ],
  [
    {type: 'cron', expression: '0 2 * * 5'},
    '<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek><Friday /></DaysOfWeek></ScheduleByWeek>',
  ],
  [
    {type: 'cron', expression: '0 2 13 1 *'},
    '<ScheduleByMonth><DaysOfMonth><Day>13</Day></DaysOfMonth><Months><January /></Months></ScheduleByMonth>',
  ],
  [{type: 'cron', expression: '0 2 * 1 5'}, '<Week>Last</Week></Weeks><DaysOfWeek><Friday /></DaysOfWeek><Months><January /></Months>'],
  [{type: 'every', everyMs: 5_400_000}, '<Repetition><Interval>PT90M</Interval></Repetition>'],
  [{type: 'every', everyMs: 15_000}, '<Repetition><Interval>PT1M</Interval></Repetition>', true],
  [{type: 'cron', expression: '*/5 * * * *'}, '<Repetition><Interval>PT1M</Interval></Repetition>', true],
]

for (const [trigger, xml, isPolled] of TRIGGERS) {
  test(`Task Scheduler: ${JSON.stringify(trigger)} ${isPolled ? 'is looked for each minute' : 'is a trigger of its own'}`, (t) => {
    const text = taskXml(jobOf({trigger}))
    t.true(text.includes(xml), text)
    t.is(text.includes(' --if-due'), isPolled === true)
  })
}

test('Task Scheduler: the task says what the schedule does, and sets variables by a shell', (t) => {
  const text = taskXml(
    jobOf({
      longestMs: 3_600_000,
      jitterMs: 60_000,
      words: ['C:\\a b\\node.exe', 'C:\\pocket.js'],
      environment: {POCKET_STATE_DIRECTORY: 'C:\\s & t'},
    }),
  )
  for (const part of [
    '<ExecutionTimeLimit>PT3900S</ExecutionTimeLimit>',
    '<RandomDelay>PT60S</RandomDelay>',
    '<StartWhenAvailable>true</StartWhenAvailable>',
    '<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '<Command>cmd.exe</Command>',
    '<Arguments>/d /s /c &quot;set &quot;POCKET_STATE_DIRECTORY=C:\\s &amp; t&quot; &amp;&amp; &quot;C:\\a b\\node.exe&quot; C:\\pocket.js&quot;</Arguments>',
  ]) {
    t.true(text.includes(part), part)
  }
  t.true(taskXml(jobOf()).includes('<Command>/usr/bin/node</Command>'))
})

test('Task Scheduler: words are quoted as Windows takes them apart', (t) => {
  t.is(windowsWord('C:\\pocket.js'), 'C:\\pocket.js')
  t.is(windowsWord('C:\\a b\\'), '"C:\\a b\\\\"')
  t.is(windowsWord('say "hi" \\"'), '"say \\"hi\\" \\\\\\""')
  t.is(windowsWord(''), '""')
})

test('Task Scheduler: a task is made of a file in UTF-16, listed, and removed', async (t) => {
  let xml = ''
  const programs = {
    'schtasks.exe /Create': '',
    'schtasks.exe /Query':
      '"\\Pocket\\schedule-home","3/1/2026 2:00:00 AM","Ready"\r\n"\\Pocket\\schedule-home","x","Ready"\r\n"\\Other","x","Ready"\r\n',
    'schtasks.exe /Delete': '',
  }
  const machine = await fakeMachine(t, {platform: 'win32', userId: undefined, programs})
  const runFake = machine.runCommand
  machine.runCommand = async (program, words, options) => {
    if (words[0] === '/Create') xml = (await readFile(words[4])).toString('utf16le')
    return runFake(program, words, options)
  }
  await taskScheduler(machine).install(jobOf())
  t.is(xml, `\uFEFF${taskXml(jobOf())}`)
  t.regex(machine.calls[0], /^schtasks.exe \/Create \/TN \\Pocket\\schedule-home \/XML .+\.xml \/F$/)
  t.deepEqual(await taskScheduler(machine).list(), ['schedule-home'])
  t.true(await taskScheduler(machine).remove('schedule-home'))
  t.is(machine.calls.at(-1), 'schtasks.exe /Delete /TN \\Pocket\\schedule-home /F')
  t.false(await taskScheduler(machine).remove('schedule-other'))
})
