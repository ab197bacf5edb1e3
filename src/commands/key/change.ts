import {string} from '@oclif/core/flags'
import {describeNewKey} from '../../cli/embedded-repository.js'
import {newSecretFlags, repositoryFlags, storeFlags} from '../../cli/flags.js'
import {opensWithEmbeddedKey, withRepository} from '../../cli/open-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {keyJson} from '../../cli/reporters/key-list.js'
import {findNewSecretSource, NEW_SECRET_HINT, newSecret} from '../../cli/secret.js'

export default class KeyChange extends PocketCommand {
  static override summary = 'replace the password or key file that opened the repository'
  static override description =
    'The old one is removed once the new one is stored. Whoever knew the old password and has a copy of the repository from before can still read that copy.'
  static override examples = ['<%= config.bin %> key change', '<%= config.bin %> key change --new-password-file ~/secret']
  static override flags = {
    ...repositoryFlags,
    ...newSecretFlags,
    ...storeFlags,
    label: string({description: 'a name for the new key', helpValue: 'TEXT'}),
  }

  async run(): Promise<undefined> {
    const {flags} = await this.parse(KeyChange)
    const usedEmbeddedKey = await opensWithEmbeddedKey(flags)
    const {changeKey} = await import('../../operations/manage-keys.js')
    const key = await withRepository(
      flags,
      async (repository) => {
        const secret = await newSecret(findNewSecretSource(flags), flags['generate-key-file'], NEW_SECRET_HINT)
        return changeKey(repository, {secret, label: flags.label})
      },
      {isWriting: true},
    )
    if (flags.json) this.printJson('key', {key: keyJson(key)})
    else if (!flags.quiet) this.output.line(`key ${key.id.slice(0, 8)} has taken the place of the one before`)
    const notes = describeNewKey(flags['generate-key-file'] ?? flags['new-key-file'], usedEmbeddedKey)
    if (notes.length > 0) this.notice(notes, flags)
  }
}
