import {string as stringArgument} from '@oclif/core/args'
import {repositoryFlags} from '../../cli/flags.js'
import {withRepository} from '../../cli/open-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {keyJson} from '../../cli/reporters/key-list.js'

export default class KeyRemove extends PocketCommand {
  static override summary = 'remove a key; the last one stays, and so does the one that opened the repository'
  static override examples = ['<%= config.bin %> key remove 3fa9c2d1']
  static override args = {
    id: stringArgument({description: "id of the key, or its beginning, as 'pocket key list' shows it", required: true, ignoreStdin: true}),
  }
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(KeyRemove)
    const {removeKey} = await import('../../operations/manage-keys.js')
    const key = await withRepository(flags, (repository) => removeKey(repository, args.id), {isWriting: true})
    if (flags.json) this.printJson('key_removed', {key: keyJson(key)})
    else if (!flags.quiet) this.output.line(`key ${key.id.slice(0, 8)} removed`)
  }
}
