import {configFlags, outputFlags} from '../../cli/flags.js'
import {defaultConfigFile} from '../../cli/places.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {exists} from '../../util/exists.js'

export default class ConfigPath extends PocketCommand {
  static override summary = 'say where the config file is, or would be'
  static override examples = ['<%= config.bin %> config path']
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(ConfigPath)
    const path = flags.config || defaultConfigFile()
    if (flags.json) this.printJson('config_path', {path, exists: await exists(path)})
    else this.output.line(path)
  }
}
