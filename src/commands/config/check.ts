import {checkConfig} from '../../cli/config/check-config.js'
import {type ExitCode, exitCodes} from '../../cli/exit-codes.js'
import {configFlags, outputFlags} from '../../cli/flags.js'
import {formatCounted} from '../../cli/format-quantity.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {printable} from '../../cli/printable.js'

export default class ConfigCheck extends PocketCommand {
  static override summary = 'say what is wrong with the config file'
  static override description = 'Reads all of it, and looks for the folders and secrets that it names. Exit code 2: something would fail.'
  static override examples = ['<%= config.bin %> config check']
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(ConfigCheck)
    const checked = await checkConfig(flags)
    if (checked === undefined) {
      this.notice(["there is no config file yet: 'pocket init' writes one"], flags)
      return exitCodes.done
    }
    const {path, profiles, problems} = checked
    const errors = problems.filter(({isError}) => isError).length
    if (flags.json) {
      const shown = problems.map(({isError, message, hint}) => ({severity: isError ? 'error' : 'warning', message, hint: hint ?? null}))
      this.printJson('config_check', {path, profiles, problems: shown})
    } else {
      for (const {isError, message, hint} of problems) {
        this.output.line(`${isError ? 'error' : 'warning'}: ${printable(message)}${hint === undefined ? '' : ` (${printable(hint)})`}`)
      }
      if (!flags.quiet)
        this.output.line(`${printable(path)}: ${formatCounted(profiles.length, 'profile')}, ${formatCounted(errors, 'error')}`)
    }
    return errors > 0 ? exitCodes.usage : exitCodes.done
  }
}
