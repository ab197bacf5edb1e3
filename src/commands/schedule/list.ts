import {configFlags, outputFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'

export default class ScheduleList extends PocketCommand {
  static override summary = 'show schedules, when they run next, and how the last runs went'
  static override examples = ['<%= config.bin %> schedule list']
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(ScheduleList)
    const {allSchedules, configPathOf} = await import('../../cli/schedule/known-schedules.js')
    const {listSchedules} = await import('../../cli/schedule/list-schedules.js')
    const {scheduleJson, scheduleLines} = await import('../../cli/reporters/schedule-list.js')
    const {schedules, strays} = await listSchedules(await allSchedules(flags), configPathOf(flags), flags)
    if (flags.json) this.printJson('schedules', {schedules: schedules.map(scheduleJson), strays})
    else this.printLines(scheduleLines(schedules, strays, Date.now()))
  }
}
