import {boolean} from '@oclif/core/flags'
import {type ExitCode, exitCodes} from '../../cli/exit-codes.js'
import {configFlags, outputFlags} from '../../cli/flags.js'
import {printable} from '../../cli/printable.js'
import {PocketCommand} from '../../cli/pocket-command.js'

export default class ScheduleTick extends PocketCommand {
  static override summary = 'make up for what was missed, and tell what is to be told'
  static override description =
    'What the system starts once an hour. Runs that were missed, or put off, are made up for; silence is noticed; alarms that could not be delivered are.'
  static override examples = ['<%= config.bin %> schedule tick']
  static override flags = {
    runs: boolean({allowNo: true, default: true, description: 'make up for runs; --no-runs sees to alarms only'}),
    ...outputFlags,
    ...configFlags,
  }

  async run(): Promise<ExitCode | undefined> {
    const {flags} = await this.parse(ScheduleTick)
    const {tick} = await import('../../cli/schedule/tick.js')
    const runs = await tick(flags)
    if (flags.json) this.printJson('schedule_tick', {runs: runs.map(({name, exitCode}) => ({name, exit_code: exitCode}))})
    else if (!flags.quiet) {
      this.printLines(
        runs.length === 0
          ? ['nothing was missed']
          : runs.map(({name, exitCode}) => `ran '${printable(name)}': exit code ${exitCode ?? 'none'}`),
      )
    }
    return runs.every(({exitCode}) => exitCode === exitCodes.done || exitCode === exitCodes.sourceUnreadable)
      ? exitCodes.done
      : exitCodes.failed
  }
}
