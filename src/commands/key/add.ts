import {string} from '@oclif/core/flags'
import {describeNewKey} from '../../cli/embedded-repository.js'
import {newSecretFlags, repositoryFlags, storeFlags} from '../../cli/flags.js'
import {withRepository} from '../../cli/open-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {keyJson} from '../../cli/reporters/key-list.js'
import {findNewSecretSource, NEW_SECRET_HINT, newSecret} from '../../cli/secret.js'

export default class KeyAdd extends PocketCommand {
  static override summary = 'add a password or key file that opens the repository'
  static override examples = [
    '<%= config.bin %> key add --label laptop',
    '<%= config.bin %> key add --generate-key-file ~/pocket.key --label spare',
  ]
  static override flags = {
    ...repositoryFlags,
    ...newSecretFlags,
    ...storeFlags,
    label: string({description: "a name for the key, shown by 'pocket key list'", helpValue: 'TEXT'}),
  }

  async run(): Promise<undefined> {
    const {flags} = await this.parse(KeyAdd)
    const {addKey} = await import('../../operations/manage-keys.js')
    const key = await withRepository(
      flags,
      async (repository) => {
        const secret = await newSecret(findNewSecretSource(flags), flags['generate-key-file'], NEW_SECRET_HINT)
        return addKey(repository, {secret, label: flags.label})
      },
      {isWriting: true},
    )
    if (flags.json) this.printJson('key', {key: keyJson(key)})
    else if (!flags.quiet) this.output.line(`key ${key.id.slice(0, 8)} added`)
    const notes = describeNewKey(flags['generate-key-file'], false)
    if (notes.length > 0) this.notice(notes, flags)
  }
}
