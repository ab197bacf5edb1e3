import {string as stringArgument} from '@oclif/core/args'
import {boolean, integer} from '@oclif/core/flags'
import {configFlags, outputFlags} from '../../cli/flags.js'
import {stateDirectory} from '../../cli/places.js'
import {PocketCommand} from '../../cli/pocket-command.js'

const DEFAULT_LINES = 50
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export default class ScheduleLogs extends PocketCommand {
  static override summary = 'show what the last runs of a schedule told'
  static override examples = ['<%= config.bin %> schedule logs home', '<%= config.bin %> schedule logs home --lines 200 --follow']
  static override args = {
    name: stringArgument({required: true, description: 'name of the schedule'}),
  }
  static override flags = {
    lines: integer({description: `the last so many lines [default: ${DEFAULT_LINES}]`, min: 1, helpValue: 'COUNT'}),
    follow: boolean({char: 'f', description: 'go on with what is told from now on', exclusive: ['json']}),
    ...outputFlags,
    ...configFlags,
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(ScheduleLogs)
    const {findSchedule} = await import('../../cli/schedule/known-schedules.js')
    const {followLogs, lastRuns, logLines} = await import('../../cli/schedule/schedule-logs.js')
    const {schedule} = await findSchedule(flags, args.name)
    const lines = flags.lines ?? DEFAULT_LINES
    const runs = lastRuns(stateDirectory(), schedule, lines)
    if (flags.json) {
      const {eventJson, runJson} = await import('../../cli/reporters/run-list.js')
      const {readEvents} = await import('../../journal/read-runs.js')
      this.printJson('schedule_logs', {runs: runs.map((run) => ({...runJson(run), events: readEvents(run).map(eventJson)}))})
      return
    }
    this.printLines(runs.length === 0 ? ['no runs'] : logLines(runs, lines))
    if (!flags.follow) return
    const controller = new AbortController()
    const end = (): void => controller.abort()
    for (const name of SIGNALS) process.on(name, end)
    await followLogs(schedule, {stateDirectory: stateDirectory(), signal: controller.signal, onLine: (line) => this.output.line(line)})
  }
}
