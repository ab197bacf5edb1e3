import {string as stringArgument} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import {type ChosenRepository, chooseRepository} from '../cli/chosen-repository.js'
import {describeMade, embeddedKey} from '../cli/embedded-repository.js'
import {atMostOne, bucketFlags, configFlags, locationFlags, outputFlags, rateFlags, secretFlags, storeFlags} from '../cli/flags.js'
import {refuseSecretIn} from '../cli/location.js'
import {bucketMaker, type MadeRepository, type MakeOptions, makeRepository, type NewSecret, sourceOf} from '../cli/make-repository.js'
import {askForRepository} from '../cli/init-wizard.js'
import {credentialsToKeep, keepCredentials} from '../cli/keep-credentials.js'
import {freeKeyFile} from '../cli/key-file-place.js'
import {MadeThings} from '../cli/made-things.js'
import {askNightly} from '../cli/nightly.js'
import {reachLocation} from '../cli/open-repository.js'
import {standardError} from '../cli/output.js'
import {embeddedPlaces} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {printable} from '../cli/printable.js'
import {findQuestions, type Questions} from '../cli/questions.js'
import {reportWarning} from '../cli/report-error.js'
import {type Kept, refuseExistingConfig, saveConfig, withConfigLine} from '../cli/save-config.js'
import {findSecretSource} from '../cli/secret.js'
import {PocketError} from '../errors.js'

export default class Init extends PocketCommand {
  static override summary = 'make a repository'
  static override description =
    `The repository is encrypted under a password, asked for on the terminal unless a flag or a variable says where it comes from, or under a key file.
Without a location, a terminal is led through it; elsewhere the one of the config file is made, or else the embedded repository, in your data
directory, under a generated key file.
A bucket is tried before it is accepted: writing, reading, listing and removing.
With --nightly it writes a config file whose default profile runs every night by itself: snapshot, forget, prune and a part of a check. Two questions,
unless --folder and --alarm answer them; under a generated key file, unless a secret is given.`
  static override examples = [
    '<%= config.bin %> init /mnt/disk/pocket',
    '<%= config.bin %> init /mnt/disk/pocket --generate-key-file ~/pocket.key',
    '<%= config.bin %> init s3://my-bucket/pocket --write-config',
    '<%= config.bin %> init s3://my-bucket/pocket --nightly',
    '<%= config.bin %> init s3://my-bucket/pocket --endpoint https://s3.example.org --create-bucket',
  ]
  static override args = {
    location: stringArgument({description: 'folder, or s3://BUCKET/PREFIX', ignoreStdin: true}),
  }
  static override flags = {
    ...outputFlags,
    ...locationFlags,
    ...configFlags,
    ...rateFlags,
    ...bucketFlags,
    ...storeFlags,
    'create-bucket': boolean({helpGroup: 'S3', description: 'make the bucket if it is not there'}),
    ...atMostOne({
      ...secretFlags,
      'generate-key-file': string({
        description: 'write a new key file here (mode 0600) and encrypt under it',
        helpValue: 'PATH',
      }),
      'no-encryption': boolean({description: 'do not encrypt: whoever can read the repository can read the files'}),
    }),
    nightly: boolean({description: 'set up a profile, too, that is saved every night by itself, verified, and told of when it fails'}),
    folder: string({
      description: 'with --nightly: save this folder; may be repeated [default: asked for]',
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['nightly'],
    }),
    alarm: string({
      description: "with --nightly: who is told: URL of a ping or webhook, or 'desktop'; may be repeated [default: asked for]",
      helpValue: 'WHERE',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['nightly'],
    }),
    'write-config': boolean({description: 'keep location and settings in the config file, for all commands'}),
    label: string({description: "a name for the key, shown by 'pocket key list'", helpValue: 'TEXT'}),
  }

  readonly #made = new MadeThings()

  run(): Promise<undefined> {
    return this.#made.tellAfter(() => this.#run())
  }

  async #run(): Promise<undefined> {
    const {args, flags} = await this.parse(Init)
    const repository = oneLocation(args.location, flags.repository)
    const questions = flags.json || flags.quiet ? undefined : findQuestions()
    if (questions !== undefined && repository === undefined && !namesSecret(flags)) return this.#lead(flags, questions)
    const writesConfig = flags['write-config'] || flags.nightly
    if (writesConfig && questions === undefined) await refuseExistingConfig(flags.config)
    const chosen = await chooseRepository({...flags, repository}, {mayLackConfig: writesConfig})
    const location = chosen.location ?? embeddedPlaces().repository
    const reach = reachLocation(location, chosen, flags, {isWriting: true})
    const nightly = flags.nightly ? await askNightly(flags, questions) : undefined
    const secret = await secretOf(flags, chosen)
    const keptHere = {flags, environment: process.env, nightly}
    const createBucket = bucketMaker(location, {flag: flags['create-bucket'], questions})
    const made = await this.#make({location, secret, reach, createBucket}, flags).catch((error: unknown) => {
      throw writesConfig ? withConfigLine(error, flags.config, {...keptHere, location, source: chosen.secret}) : error
    })
    this.#report(made, flags)
    if (writesConfig) await this.#save({...keptHere, location: made.location, source: sourceOf(secret)}, flags, questions)
  }

  /** Leads through it, question by question. */
  async #lead(flags: InitFlags, questions: Questions): Promise<undefined> {
    const {configured, settings, secret: configuredSecret} = await chooseRepository(flags, {mayLackConfig: true})
    const answers = await askForRepository({
      questions,
      output: this.errorOutput,
      flags: settings.flags,
      environment: process.env,
      configured,
      configuredSecret,
      secret: findSecretSource(flags, process.env),
      onBucketMade: this.#onBucketMade,
      reachOf: (location, answered) => {
        const config = location === configured ? settings.config : undefined
        return reachLocation(location, {settings: {...settings, flags: answered, config}}, flags, {isWriting: true})
      },
    })
    const {location, secret, reach} = answers
    const kept = {location, flags: answers.flags, environment: process.env}
    const isKept = location === configured
    if (secret === undefined) {
      if (isKept) this.output.line(`${printable(location)} is the repository that commands use`)
      else await this.#save({...kept, source: answers.opening}, flags, questions)
      return
    }
    const made = await this.#make({location, secret, reach, tested: answers.tested}, flags)
    this.#report(made, flags)
    const isNightly = flags.nightly || (!isKept && (await questions.confirm('Save folders every night, by itself?', true)))
    const nightly = isNightly ? await askNightly(flags, questions) : undefined
    if (nightly !== undefined || (!isKept && location !== embeddedPlaces().repository))
      await this.#save({...kept, location: made.location, source: sourceOf(secret), nightly}, flags, questions)
    if (nightly === undefined) this.printLines(['', 'next: pocket snapshot PATH'])
  }

  async #make(options: MakeOptions, flags: InitFlags): Promise<MadeRepository> {
    const made = await makeRepository({
      ...options,
      label: flags.label,
      onBucketMade: this.#onBucketMade,
      onWarning: warnTo(flags),
    })
    this.#made.add(`the repository '${made.location}'${made.keyFile === undefined ? '' : `, with the key '${made.keyFile}',`}`)
    return made
  }

  readonly #onBucketMade = (bucket: string): void => this.#made.add(`the bucket '${bucket}'`)

  async #save(kept: Kept, flags: InitFlags, questions: Questions | undefined): Promise<undefined> {
    const request = {...kept, configPath: flags.config}
    const credentials = kept.nightly && credentialsToKeep(request)
    const file = credentials && (await keepCredentials(credentials, request))
    const told = await saveConfig(flags.config, file ? {...kept, flags: {...kept.flags, 'credentials-file': file}} : kept, questions)
    if (file) told.push(`the credentials of the bucket are in ${printable(file)}, for you only`)
    if (flags.json || !flags.quiet) this.notice(told, flags)
    if (kept.nightly !== undefined) await this.#install(flags)
  }

  /** Has the profile run by itself, and says what comes next. */
  async #install(flags: InitFlags): Promise<undefined> {
    const {installAfterInit} = await import('../cli/install-after-init.js')
    const told = await installAfterInit(flags)
    if (flags.json || !flags.quiet) this.notice(told, flags)
  }

  #report(made: MadeRepository, flags: InitFlags): void {
    if (flags.json) {
      this.printJson('repository', {
        location: made.location,
        repository_id: made.repositoryId,
        encrypted: made.isEncrypted,
        key_id: made.keyId ?? null,
        key_file: made.keyFile ?? null,
      })
    } else if (!flags.quiet) this.printLines(describeMade({location: made.location, keyFile: made.keyFile}))
  }
}

type InitFlags = Interfaces.InferredFlags<typeof Init.flags>

function warnTo(flags: InitFlags): (warning: PocketError) => void {
  return (warning) => standardError.line(reportWarning(warning, flags))
}

/** Whoever says what to encrypt under knows what to do. */
function namesSecret(flags: InitFlags): boolean {
  const named = [flags['password-file'], flags['password-command'], flags['key-file'], flags['generate-key-file']]
  return flags['no-encryption'] || named.some((flag) => flag !== undefined)
}

/** What is named on the command line beats the variable. Throws `usage` when the command line names two places. */
function oneLocation(positional: string | undefined, flag: string | undefined): string | undefined {
  if (positional !== undefined) refuseSecretIn(positional, 'the location')
  if (positional === undefined || flag === undefined || flag === process.env.POCKET_REPOSITORY || positional === flag)
    return positional ?? flag
  refuseSecretIn(flag, '--repository')
  throw new PocketError('usage', `two locations are named: '${positional}' and '${flag}'`, {hint: 'leave out one of the two'})
}

/** What to encrypt under: asked for only where neither flags nor variables nor the config file say it, and never for the embedded one. */
async function secretOf(flags: InitFlags, {secret: source, location}: ChosenRepository): Promise<NewSecret> {
  if (flags['no-encryption']) {
    if (source === undefined) return {kind: 'none'}
    throw new PocketError('usage', `--no-encryption is given, and so is a secret, by ${source.from}`, {hint: 'leave out one of the two'})
  }
  const path = flags['generate-key-file']
  if (path !== undefined) return {kind: 'generated', path}
  if (flags.nightly && source?.kind === 'password') {
    throw new PocketError('usage', `the password is only in ${source.from}, which nightly runs do not have`, {
      hint: 'name a file or a command for it with --password-file or --password-command, or leave it out for a generated key file',
    })
  }
  if (source === undefined && flags.nightly && location !== undefined) return {kind: 'generated', path: await freeKeyFile(location)}
  if (source === undefined && location === undefined) return {kind: 'given', secret: await embeddedKey(), keyFile: embeddedPlaces().keyFile}
  return {kind: 'source', source}
}
