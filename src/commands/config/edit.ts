import {editConfig} from '../../cli/config/edit-config.js'
import {configFlags, outputFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {defaultConfigFile} from '../../cli/places.js'
import {findQuestions} from '../../cli/questions.js'
import {reportError} from '../../cli/report-error.js'

export default class ConfigEdit extends PocketCommand {
  static override summary = 'edit the config file'
  static override description =
    `Opens VISUAL or EDITOR on a copy, which takes the place of the config file when it can be read as one. Makes the file if there is none.`
  static override examples = ['<%= config.bin %> config edit']
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(ConfigEdit)
    const path = flags.config || defaultConfigFile()
    const questions = findQuestions()
    const outcome = await editConfig({
      path,
      environment: process.env,
      again: async (error) => {
        if (questions === undefined) return false
        this.errorOutput.line(reportError(error, {json: false, debug: false}).text.trimEnd())
        return questions.confirm('edit it again?', true)
      },
    })
    if (flags.json) this.printJson('config_edited', {path, changed: outcome === 'changed'})
    else if (!flags.quiet) this.output.line(outcome === 'changed' ? `changed ${path}` : `${path} is as it was`)
  }
}
