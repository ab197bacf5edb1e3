import {repositoryFlags} from '../../cli/flags.js'
import {withRepository} from '../../cli/open-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {keyJson, keyListLines} from '../../cli/reporters/key-list.js'

export default class KeyList extends PocketCommand {
  static override summary = 'list the keys that open the repository'
  static override examples = ['<%= config.bin %> key list']
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(KeyList)
    const {listKeys} = await import('../../operations/manage-keys.js')
    const keys = await withRepository(flags, listKeys)
    if (flags.json) this.printJson('keys', {keys: keys.map(keyJson)})
    else this.printLines(keyListLines(keys))
  }
}
