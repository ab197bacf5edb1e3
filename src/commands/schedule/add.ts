import {string as stringArgument} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import type {Interfaces} from '@oclif/core'
import {configFlags, outputFlags, profileFlags} from '../../cli/flags.js'
import {printable} from '../../cli/printable.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import type {ScheduleValues} from '../../cli/schedule/config-tables.js'
import {TASKS} from '../../schedule/schedule.js'

const WHEN = {helpGroup: 'WHEN'}
const HOW = {helpGroup: 'HOW'}

export default class ScheduleAdd extends PocketCommand {
  static override summary = 'have a profile run by itself'
  static override description =
    `The schedule is written into the config file, and what the system has starts it: timers of systemd, launchd, cron, or the Task Scheduler. Without a time, the schedules that the config file has for the profile are installed.`
  static override examples = [
    `<%= config.bin %> schedule add "0 2 * * *" --use-profile home`,
    '<%= config.bin %> schedule add --every 15m',
    '<%= config.bin %> schedule add --daily-at 02:00 --jitter 30m --longest 4h --only-on-ac',
    '<%= config.bin %> schedule add --daily-at 12:00 --task drill --name home-drill',
    '<%= config.bin %> schedule add',
  ]
  static override args = {
    cron: stringArgument({description: 'five fields as of cron: minute, hour, day of the month, month, day of the week'}),
  }
  static override flags = {
    every: string({...WHEN, description: 'so long after the last run has begun', helpValue: '15m|6h|1d', exclusive: ['daily-at']}),
    'daily-at': string({...WHEN, description: 'each day at this time', helpValue: 'HH:MM', exclusive: ['every']}),
    jitter: string({...WHEN, description: 'begin up to so much later, so that not all machines come at once', helpValue: 'TIME'}),
    'catch-up': boolean({...WHEN, allowNo: true, default: true, description: 'make up for what was missed, once'}),
    'only-on-ac': boolean({...WHEN, description: 'not while the machine runs on battery'}),
    'only-on-network': string({
      ...WHEN,
      multiple: true,
      description: 'only in this network; may be given several times',
      helpValue: 'NAME',
    }),
    task: string({...HOW, options: [...TASKS], default: 'snapshot', description: 'what runs', helpValue: TASKS.join('|')}),
    name: string({...HOW, description: "name of the schedule [default: the profile's]", helpValue: 'NAME'}),
    'low-priority': boolean({...HOW, allowNo: true, default: true, description: 'give way to everything else on the machine'}),
    longest: string({...HOW, description: 'end a run after so long', helpValue: 'TIME'}),
    ...outputFlags,
    ...configFlags,
    ...profileFlags,
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(ScheduleAdd)
    const {addSchedule} = await import('../../cli/schedule/add-schedule.js')
    const {listSchedules} = await import('../../cli/schedule/list-schedules.js')
    const trigger = {cron: args.cron, every: flags.every, daily_at: flags['daily-at']}
    const added = await addSchedule(flags, {name: flags.name, trigger, values: valuesOf(flags)}, process.env)
    const {schedules} = await listSchedules(added.schedules, added.configPath, flags)
    const {scheduleJson, scheduleLines} = await import('../../cli/reporters/schedule-list.js')
    if (flags.json) this.printJson('schedules', {schedules: schedules.map(scheduleJson), strays: []})
    else if (!flags.quiet) this.printLines(scheduleLines(schedules, [], Date.now()))
    if (added.notices.length > 0) this.notice(added.notices.map(printable), flags)
  }
}

/** What is as it is anyhow is not written down. */
function valuesOf(flags: Interfaces.InferredFlags<typeof ScheduleAdd.flags>): ScheduleValues {
  return {
    ...(flags.task !== 'snapshot' && {task: flags.task}),
    ...(flags.jitter !== undefined && {jitter: flags.jitter}),
    ...(!flags['catch-up'] && {catch_up: false}),
    ...(flags['only-on-ac'] && {only_on_ac: true}),
    ...(flags['only-on-network'] !== undefined && {only_on_networks: flags['only-on-network']}),
    ...(!flags['low-priority'] && {low_priority: false}),
    ...(flags.longest !== undefined && {longest: flags.longest}),
  }
}
