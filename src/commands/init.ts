import {unlink} from 'node:fs/promises'
import {isAbsolute, relative, resolve} from 'node:path'
import {boolean, string} from '@oclif/core/flags'
import {describeMade, embeddedKey} from '../cli/embedded-repository.js'
import {atMostOne, locationFlags, outputFlags, type SecretFlags, secretFlags} from '../cli/flags.js'
import {embeddedPlaces} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {findSecretSource, newSecret} from '../cli/secret.js'
import {isPocketError, PocketError} from '../errors.js'
import type {Secret} from '../operations/open-repository.js'

/** After these no repository has been made that a new key would open. */
const NOTHING_MADE = ['repository-exists', 'not-a-repository', 'usage'] as const

interface InitFlags extends SecretFlags {
  repository?: string
  'generate-key-file'?: string
  'no-encryption': boolean
}

export default class Init extends PocketCommand {
  static override summary = 'make a repository'
  static override description =
    `The repository is encrypted under a password, asked for on the terminal unless a flag or a variable says where it comes from, or under a key file.
Without --repository the embedded repository is made, in your data directory, under a generated key file.`
  static override examples = [
    '<%= config.bin %> init --repository /mnt/disk/pocket',
    '<%= config.bin %> init --repository /mnt/disk/pocket --generate-key-file ~/pocket.key',
  ]
  static override flags = {
    ...outputFlags,
    ...locationFlags,
    ...atMostOne({
      ...secretFlags,
      'generate-key-file': string({
        description: 'write a new key file here (mode 0600) and encrypt under it',
        helpValue: 'PATH',
      }),
      'no-encryption': boolean({description: 'do not encrypt: whoever can read the repository can read the files'}),
    }),
    label: string({description: "a name for the key, shown by 'pocket key list'", helpValue: 'TEXT'}),
  }

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Init)
    const location = flags.repository || embeddedPlaces().repository
    if (flags['generate-key-file'] !== undefined) refuseInside(flags['generate-key-file'], location)
    const {secret, keyFile} = await secretOf(flags)
    const {initRepository} = await import('../operations/open-repository.js')
    const result = await initRepository({location, secret, label: flags.label}).catch(async (error: unknown) => {
      const generated = flags['generate-key-file']
      const isUnused = NOTHING_MADE.some((code) => isPocketError(error, code))
      if (generated !== undefined && isUnused) await unlink(generated)
      throw error
    })
    if (flags.json) {
      this.printJson('repository', {
        location: result.location,
        repository_id: result.repositoryId,
        encrypted: result.isEncrypted,
        key_id: result.keyId ?? null,
        key_file: keyFile ?? null,
      })
    } else if (!flags.quiet) this.printLines(describeMade({location: result.location, keyFile}))
  }
}

/** Whoever gets at the repository must not get its key with it. */
function refuseInside(keyFile: string, location: string): void {
  const path = relative(resolve(location), resolve(keyFile))
  if (path.startsWith('..') || isAbsolute(path)) return
  throw new PocketError('usage', `the key file '${keyFile}' would lie in the repository that it opens`, {hint: 'name another place for it'})
}

/** The secret to encrypt under, and the key file that was written for it. */
async function secretOf(flags: InitFlags): Promise<{secret: Secret; keyFile?: string}> {
  if (flags['no-encryption']) {
    const source = findSecretSource(flags, process.env)
    if (source === undefined) return {secret: {type: 'none'}}
    throw new PocketError('usage', `--no-encryption is given, and so is a secret, by ${source.from}`, {hint: 'leave out one of the two'})
  }
  const generated = flags['generate-key-file']
  if (generated !== undefined) return {secret: await newSecret(undefined, generated), keyFile: generated}
  const source = findSecretSource(flags, process.env)
  if (source === undefined && !flags.repository) return {secret: await embeddedKey(), keyFile: embeddedPlaces().keyFile}
  return {secret: await newSecret(source, undefined)}
}
