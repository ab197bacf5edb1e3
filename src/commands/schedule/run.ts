import {string as stringArgument} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import type {ExitCode} from '../../cli/exit-codes.js'
import {atMostOne, configFlags, outputFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import type {Call} from '../../automation/run-schedule.js'

export default class ScheduleRun extends PocketCommand {
  static override summary = 'run what a schedule runs, now'
  static override description =
    'This is what the system starts. The conditions of the schedule hold here, too; a run that they put off ends with 0, and says so.'
  static override examples = ['<%= config.bin %> schedule run home', '<%= config.bin %> schedule run home --if-due']
  static override args = {
    name: stringArgument({required: true, description: 'name of the schedule'}),
  }
  static override flags = {
    ...atMostOne({
      'if-due': boolean({description: 'only if a run is due'}),
      'if-missed': boolean({description: 'only if a run is due, and what should have begun it has not'}),
      delayed: boolean({description: 'wait as long as the jitter of the schedule says before'}),
    }),
    ...outputFlags,
    ...configFlags,
  }

  async run(): Promise<ExitCode | undefined> {
    const {args, flags} = await this.parse(ScheduleRun)
    const {findSchedule} = await import('../../cli/schedule/known-schedules.js')
    const {runScheduled} = await import('../../cli/schedule/run-scheduled.js')
    const {callJson, callLine, exitCodeOfCall} = await import('../../cli/reporters/schedule-run.js')
    const call: Call = flags['if-due'] ? 'if-due' : flags['if-missed'] ? 'if-missed' : flags.delayed ? 'delayed' : 'now'
    const known = await findSchedule(flags, args.name)
    const outcome = await runScheduled(known, call, flags, (text) => this.notice([text], flags))
    if (flags.json) this.printJson('schedule_run', callJson(known.schedule, outcome))
    else if (!flags.quiet) this.printLines([callLine(known.schedule, outcome)])
    if (outcome.type === 'ran' && outcome.outcome.status !== 'busy' && outcome.outcome.error !== undefined) throw outcome.outcome.error
    return exitCodeOfCall(outcome)
  }
}
