import {string as stringArgument} from '@oclif/core/args'
import {commandListJson} from '../cli/command-list.js'
import {outputFlags} from '../cli/flags.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {showHelp} from '../cli/show-help.js'

export default class Help extends PocketCommand {
  static override summary = 'show what pocket can do, or how one command is used'
  static override examples = ['<%= config.bin %> help', '<%= config.bin %> help snapshot', '<%= config.bin %> help key add']
  static override args = {
    command: stringArgument({description: 'the command', multiple: true, ignoreStdin: true}),
  }
  static override flags = {...outputFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Help)
    const words = args.command ?? []
    if (flags.json) this.printJson('commands', {commands: commandListJson(this.config, words)})
    else await showHelp(this.config, words)
  }
}
