import {string as stringArgument} from '@oclif/core/args'
import {configFlags, outputFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {printable} from '../../cli/printable.js'

export default class ScheduleRemove extends PocketCommand {
  static override summary = 'have a schedule run no more'
  static override description = 'It is taken out of the system and of the config file. A run that is under way goes on; snapshots stay.'
  static override examples = ['<%= config.bin %> schedule remove home']
  static override args = {
    name: stringArgument({required: true, description: 'name of the schedule'}),
  }
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(ScheduleRemove)
    const {removeSchedule} = await import('../../cli/schedule/remove-schedule.js')
    const {wasInstalled, wasConfigured} = await removeSchedule(flags, args.name)
    if (flags.json) this.printJson('schedule_removed', {name: args.name, was_installed: wasInstalled, was_configured: wasConfigured})
    else if (!flags.quiet) {
      const places = [...(wasInstalled ? ['the system'] : []), ...(wasConfigured ? ['the config file'] : [])]
      this.printLines([`schedule '${printable(args.name)}' was taken out of ${places.join(' and ')}`])
    }
  }
}
