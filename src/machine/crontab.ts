/** Lines in the user's table of cron: ours end with a mark, all others stay as they are. */
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PocketError, systemCode} from '../errors.js'
import {cronFields} from '../schedule/cron-fields.js'
import {gridOf} from '../schedule/interval-grid.js'
import {expressionOf} from '../schedule/occurrences.js'
import type {Trigger} from '../schedule/schedule.js'
import {DELAYED, IF_DUE, type Installer, type Job} from './installer.js'
import {type CommandOutcome, complaintOf, type Machine} from './machine.js'

const MARK = '# pocket:'
const DAEMONS: ReadonlySet<string> = new Set(['cron', 'crond', 'fcron', 'bcron-sched'])
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Whether there is a table to write to. */
export async function hasCrontab(machine: Machine): Promise<boolean> {
  const outcome = await machine.runCommand('crontab', ['-l'])
  return outcome.code === 0 || isNoTable(outcome)
}

export function crontab(machine: Machine): Installer {
  return {
    kind: 'cron',
    title: machine.userId === 0 ? "cron, in root's table" : 'cron, in your table',
    install: (job) => install(machine, job),
    remove: (key) => remove(machine, key),
    list: async () => (await readTable(machine)).flatMap((line) => keyOf(line) ?? []),
  }
}

async function install(machine: Machine, job: Job): Promise<string[]> {
  const others = (await readTable(machine)).filter((line) => keyOf(line) !== job.key)
  await writeTable(machine, [...others, cronLine(job)])
  const isTooOften = job.trigger.type === 'every' && job.trigger.everyMs < MINUTE_MS
  return isTooOften ? ['cron looks once a minute, and no more often'] : []
}

async function remove(machine: Machine, key: string): Promise<boolean> {
  const lines = await readTable(machine)
  const others = lines.filter((line) => keyOf(line) !== key)
  if (others.length === lines.length) return false
  await writeTable(machine, others)
  return true
}

/** Exported for tests. */
export function cronLine(job: Job): string {
  const {expression, isExact} = cronTimes(job.trigger)
  const added = !isExact ? [IF_DUE] : job.jitterMs > 0 ? [DELAYED] : []
  const settings = Object.entries(job.environment).map(([name, value]) => `${name}=${shellWord(value)}`)
  const command = [...settings, ...[...job.words, ...added].map(shellWord)].join(' ')
  // A per cent sign ends the command, unless a backslash stands in front of it.
  return `${expression} ${command.replaceAll('%', '\\%')} ${MARK}${job.key}`
}

function cronTimes(trigger: Trigger): {expression: string; isExact: boolean} {
  // Names are not known to every cron, and neither is `@daily`.
  if (trigger.type !== 'every') return {expression: numeric(expressionOf(trigger)), isExact: true}
  const {stepMs, isExact} = gridOf(trigger.everyMs)
  if (stepMs < MINUTE_MS) return {expression: '* * * * *', isExact: false}
  const count = stepMs < HOUR_MS ? stepMs / MINUTE_MS : stepMs / HOUR_MS
  const step = count === 1 ? '*' : `*/${count}`
  return {expression: stepMs < HOUR_MS ? `${step} * * * *` : `0 ${step} * * *`, isExact}
}

function numeric(expression: string): string {
  const texts = expression.split(' ')
  const fields = cronFields(expression, 'the schedule')
  return texts
    .map((text, index) => {
      if (!/[a-z]/i.test(text)) return text
      return (index === 3 ? fields.months : fields.daysOfWeek).join(',')
    })
    .join(' ')
}

/** Throws `usage` for what no line can hold. */
function shellWord(text: string): string {
  if (/[\r\n\0]/.test(text)) {
    throw new PocketError('usage', `${JSON.stringify(text)} has a line break, which no line of cron can hold`, {
      hint: 'give the file a plainer name',
    })
  }
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function keyOf(line: string): string | undefined {
  const at = line.lastIndexOf(MARK)
  return at <= 0 || line.startsWith('#') ? undefined : line.slice(at + MARK.length).trim()
}

async function readTable(machine: Machine): Promise<string[]> {
  const outcome = await machine.runCommand('crontab', ['-l'])
  if (outcome.code === 0)
    return outcome.stdout
      .replace(/\n$/, '')
      .split('\n')
      .slice(outcome.stdout === '' ? 1 : 0)
  if (isNoTable(outcome)) return []
  throw new PocketError('io-failed', `cannot read the table of cron: ${complaintOf(outcome)}`, {
    hint: "'pocket agent' runs schedules without cron",
  })
}

/** Of a user who has none yet, in the words of cron and of BusyBox. */
function isNoTable({code, stderr}: CommandOutcome): boolean {
  return code === 1 && /no crontab for|no such file/i.test(stderr)
}

async function writeTable(machine: Machine, lines: readonly string[]): Promise<void> {
  const input = lines.map((line) => `${line}\n`).join('')
  const outcome = await machine.runCommand('crontab', ['-'], {input})
  if (outcome.code === 0) return
  throw new PocketError('io-failed', `cannot write the table of cron: ${complaintOf(outcome)}`, {
    hint: "'pocket agent' runs schedules without cron",
  })
}

/** Whether a daemon is there that reads tables. */
export async function isCronAlive(machine: Machine): Promise<boolean> {
  if (machine.platform !== 'linux') return (await machine.runCommand('pgrep', ['-x', 'cron|crond'])).code === 0
  const processes = (await readdir(join(machine.root, '/proc'))).filter((name) => /^\d+$/.test(name))
  const names = await Promise.all(processes.map((id) => nameOfProcess(join(machine.root, '/proc', id, 'comm'))))
  return names.some((name) => DAEMONS.has(name))
}

/** Empty for a process that has ended meanwhile. */
async function nameOfProcess(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return ''
  }
}
