import {string as stringArgument} from '@oclif/core/args'
import {boolean, integer, string} from '@oclif/core/flags'
import {copyCommand, describeMade, noRepository} from '../cli/embedded-repository.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {type OutputFlags, priceFlags, type RepositoryFlags, repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {parseTime} from '../cli/format-time.js'
import {interruptible} from '../cli/interrupt.js'
import {makeFirstRepository, withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {findTerminal} from '../cli/password-prompt.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {snapshotJsonReporter} from '../cli/reporters/snapshot-json.js'
import {snapshotTextReporter} from '../cli/reporters/snapshot-text.js'
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotOptions, SnapshotResult} from '../operations/take-snapshot.js'

const LEVELS = ['off', 'fastest', 'auto', 'better', 'max'] as const

const INTERRUPTED = {
  state: 'no complete snapshot was saved; what was stored until now, if anything was, is kept as an incomplete one',
  hint: 'run the same command again: it goes on from there',
}

export default class Snapshot extends PocketCommand {
  static override summary = 'take a snapshot of files and folders'
  static override description =
    `Only what the repository does not hold yet is stored. With no repository configured, the embedded one is made in your data directory.
Exit code 3: the snapshot is saved, but something could not be read.`
  static override examples = [
    '<%= config.bin %> snapshot ~/Documents',
    '<%= config.bin %> snapshot --review ~/Documents',
    "<%= config.bin %> snapshot --repository /mnt/disk/pocket --tag daily --exclude node_modules --exclude '*.tmp' ~/projects",
  ]
  static override args = {
    paths: stringArgument({description: 'what to save', required: true, multiple: true, ignoreStdin: true}),
  }
  static override flags = {
    ...repositoryFlags,
    ...storageClassFlags,
    ...storeFlags,
    ...priceFlags,
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
    compression: string({description: 'how hard to compress', options: [...LEVELS], default: 'auto'}),
    workers: integer({description: 'worker threads [default: one a core]', min: 1, max: 256, helpValue: 'COUNT'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Snapshot)
    const timeNs = flags.time === undefined ? undefined : parseTime(flags.time)
    const display = terminalDisplay(flags)
    const {output, errorOutput} = this
    const prices = await choosePrices(flags)
    const reporter = flags.json
      ? snapshotJsonReporter({output, quiet: flags.quiet, prices})
      : snapshotTextReporter({output, errorOutput, display, quiet: flags.quiet, prices})
    goOnWithoutReader()
    const {checkSnapshot, takeSnapshot} = await import('../operations/take-snapshot.js')
    const options: SnapshotOptions = {
      paths: args.paths,
      tags: flags.tag,
      host: flags.host,
      timeNs,
      parent: flags.parent === 'none' ? false : flags.parent,
      force: flags.force,
      excludes: flags.exclude,
      skipUnchanged: flags['skip-if-unchanged'],
      dryRun: flags['dry-run'],
      compression: flags.compression as (typeof LEVELS)[number],
      workers: flags.workers,
      estimate: display !== undefined,
      onEvent: (event) => reporter.event(event),
    }
    await this.#makeFirstRepository(flags, () => {
      checkSnapshot(options)
      if (options.dryRun || options.parent) throw noRepository()
    })
    const take = (signal: AbortSignal): Promise<SnapshotResult | 'none'> => {
      const snapshot = async (repository: Repository): Promise<SnapshotResult | 'none'> => {
        const chosen = flags.review ? await this.#review(repository, {...options, signal}, flags) : {...options, signal}
        return chosen === 'none' ? chosen : takeSnapshot(repository, chosen)
      }
      return withRepository(flags, snapshot, {
        isWriting: true,
        signal,
        clear: () => reporter.stop(),
      })
    }
    const onInterrupt = (): void => {
      reporter.stop()
      this.notice(['interrupted: putting the repository in order (once more to leave at once)'], flags)
    }
    const result = await interruptible(take, onInterrupt, INTERRUPTED).finally(() => reporter.stop())
    if (result === 'none') {
      this.output.line('nothing was stored')
      return exitCodes.done
    }
    reporter.result(result)
    return result.unreadable > 0 ? exitCodes.sourceUnreadable : exitCodes.done
  }

  async #review(repository: Repository, options: SnapshotOptions, flags: OutputFlags): Promise<SnapshotOptions | 'none'> {
    const {reviewBefore} = await import('../cli/review-snapshot.js')
    const {output, errorOutput} = this
    return reviewBefore(repository, options, {flags, output, errorOutput, terminal: findTerminal()})
  }

  async #makeFirstRepository(flags: RepositoryFlags, check: () => void): Promise<void> {
    const made = await makeFirstRepository(flags, check)
    if (made === undefined) return
    if (flags.json) {
      this.printJson('repository_made', {
        location: made.location,
        key_file: made.keyFile ?? null,
        copy_command: made.keyFile === undefined ? null : copyCommand(made.keyFile),
      })
    }
    this.notice([...describeMade(made), ''], flags)
  }
}
