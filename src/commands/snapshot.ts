import {string as stringArgument} from '@oclif/core/args'
import {boolean, integer, string} from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import type {Profile} from '../automation/profile.js'
import {type ConfiguredProfile, allProfiles, chooseProfile} from '../cli/chosen-profile.js'
import {type ExitCode, exitCodes, worstOf} from '../cli/exit-codes.js'
import {priceFlags, repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {parseTime} from '../cli/format-time.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {LEVELS} from '../cli/prune-flags.js'
import {reportError} from '../cli/report-error.js'
import {runSnapshot} from '../cli/run-snapshot.js'
import {MOST_WORKERS, snapshotSettings} from '../cli/snapshot-settings.js'
import {isPocketError, PocketError} from '../errors.js'

export default class Snapshot extends PocketCommand {
  static override summary = 'take a snapshot of files and folders'
  static override description =
    `Only what the repository does not hold yet is stored. With no repository configured, the embedded one is made in your data directory.
Without PATHS, the default profile of the config file is saved, or the one that -P names: its paths, with its excludes, tags and hooks.
Where paths are named, a profile only says which repository they are saved in.
Exit code 3: the snapshot is saved, but something could not be read.`
  static override examples = [
    '<%= config.bin %> snapshot ~/Documents',
    '<%= config.bin %> snapshot --review ~/Documents',
    '<%= config.bin %> snapshot -P photos',
    "<%= config.bin %> snapshot --repository /mnt/disk/pocket --tag daily --exclude node_modules --exclude '*.tmp' ~/projects",
  ]
  static override args = {
    paths: stringArgument({description: 'what to save [default: what the profile says]', multiple: true, ignoreStdin: true}),
  }
  static override flags = {
    ...repositoryFlags,
    ...storageClassFlags,
    ...storeFlags,
    ...priceFlags,
    'all-profiles': boolean({description: 'save every profile of the config file, one after the other', exclusive: ['use-profile']}),
    tag: string({description: 'a tag for the snapshot; may be repeated', helpValue: 'TAG', multiple: true, multipleNonGreedy: true}),
    host: string({description: 'the host to record [default: this one]', helpValue: 'NAME'}),
    time: string({description: "the time to record, as '2026-03-01 12:00:00' [default: now]", helpValue: 'TIME'}),
    parent: string({
      description: "the snapshot to compare with, or 'none' [default: the last of this host and these paths]",
      helpValue: 'ID',
    }),
    force: boolean({description: 'read every file again'}),
    exclude: string({
      description: 'leave out what matches this pattern, as in .gitignore, or this absolute path; may be repeated',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    review: boolean({description: 'show what is new, modified and deleted first; on a terminal, ask: all, none, or pick'}),
    'skip-if-unchanged': boolean({description: 'save no snapshot when it would be of the same as the one before'}),
    'dry-run': boolean({char: 'n', description: 'read and compare, but store nothing'}),
    compression: string({description: 'how hard to compress [default: auto]', options: [...LEVELS]}),
    workers: integer({description: 'worker threads [default: one a core]', min: 1, max: MOST_WORKERS, helpValue: 'COUNT'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Snapshot)
    goOnWithoutReader()
    if (args.paths !== undefined && args.paths.length > 0) {
      if (flags['all-profiles'])
        throw new PocketError('usage', '--all-profiles saves the paths of the profiles', {hint: 'leave out the paths'})
      return this.#take(flags, args.paths, undefined)
    }
    if (!flags['all-profiles']) {
      const {profile} = await chooseProfile(flags)
      return this.#take(flags, profile.paths, profile)
    }
    return this.#takeAll(flags, await allProfiles(flags))
  }

  /** What fails of one keeps none of the others from being saved. */
  async #takeAll(flags: SnapshotFlags, profiles: readonly ConfiguredProfile[]): Promise<ExitCode> {
    if (profiles.length === 0) throw new PocketError('usage', 'there is no profile to save', {hint: "'pocket init --nightly' writes one"})
    let worst: ExitCode = exitCodes.done
    for (const {profile} of profiles) {
      if (flags.json) this.printJson('profile', {profile: profile.name})
      else if (!flags.quiet) this.output.line(`profile ${profile.name}`)
      try {
        worst = worstOf(worst, await this.#take({...flags, 'use-profile': profile.name}, profile.paths, profile))
      } catch (error) {
        if (!isPocketError(error) || error.code === 'interrupted') throw error
        const report = reportError(error, {json: flags.json, debug: Boolean(process.env.POCKET_DEBUG)})
        this.errorOutput.line(report.text.trimEnd())
        worst = worstOf(worst, report.exitCode)
      }
    }
    return worst
  }

  #take(flags: SnapshotFlags, paths: readonly string[], profile: Profile | undefined): Promise<ExitCode> {
    const {excludes, tags, host, compression, workers} = snapshotSettings(flags, process.env, profile)
    return runSnapshot({
      flags,
      profile,
      output: this.output,
      errorOutput: this.errorOutput,
      options: {
        paths,
        tags: tags.value,
        host: host.value,
        timeNs: flags.time === undefined ? undefined : parseTime(flags.time),
        parent: flags.parent === 'none' ? false : flags.parent,
        force: flags.force,
        skipUnchanged: flags['skip-if-unchanged'],
        excludes: excludes.value,
        dryRun: flags['dry-run'],
        compression: compression.value,
        workers: workers.value === 0 ? undefined : workers.value,
      },
    })
  }
}

type SnapshotFlags = Interfaces.InferredFlags<typeof Snapshot.flags>
