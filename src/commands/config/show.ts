import {loadConfig} from '../../cli/config-file.js'
import {showSettings} from '../../cli/config/show-settings.js'
import {repositoryFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {settingJson, settingLines} from '../../cli/reporters/settings-list.js'

export default class ConfigShow extends PocketCommand {
  static override summary = 'show the settings that hold, and where each comes from'
  static override description =
    `A flag beats a POCKET_* variable, which beats the profile, which beats what holds for all. Secrets are not shown.`
  static override examples = ['<%= config.bin %> config show', '<%= config.bin %> config show -P photos --json']
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(ConfigShow)
    const {profile, settings} = await showSettings(await loadConfig(flags.config), flags, process.env)
    if (flags.json) return this.printJson('settings', {profile: profile ?? null, settings: settings.map(settingJson)}) as undefined
    if (profile !== undefined) this.printLines([`profile ${profile}`, ''])
    this.printLines(settingLines(settings))
  }
}
