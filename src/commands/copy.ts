import {boolean, string} from '@oclif/core/flags'
import {optionalSnapshotsArgument} from '../cli/arguments.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {choiceOf, filterFlags, hasFilter} from '../cli/filter-flags.js'
import {priceFlags, repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {flagsBeside, fromFlags, withFromRepository} from '../cli/from-repository.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {LEVELS} from '../cli/prune-flags.js'
import {copyJsonReporter, copyTextReporter} from '../cli/reporters/copy.js'
import {PocketError} from '../errors.js'
import type {CopyOptions, CopyResult} from '../operations/copy-events.js'

const INTERRUPTED = {
  state: 'each snapshot is copied wholly or not at all',
  hint: 'run the same command again: it goes on with what is stored by now',
}

export default class Copy extends PocketCommand {
  static override summary = 'copy snapshots to another repository'
  static override description =
    `From one repository, which is only read, to another, which must be there; they may have different keys, or none. Without --from or --to, the one
that is configured stands in. Only what the other lacks is stored; what is there already is skipped, and incomplete snapshots are copied only
when they are named. What opens a repository (--password-file and the like) is for the one that is written; the one that is read has --from-password-file
and its kin. How buckets are reached (--endpoint and the like) holds for both. Exit code 4: a snapshot lacks something, and was not copied.`
  static override examples = [
    '<%= config.bin %> copy --to /mnt/disk/pocket',
    '<%= config.bin %> copy --from /mnt/disk/pocket --to s3://my-bucket/pocket --tag monthly',
    '<%= config.bin %> copy --from s3://my-bucket/pocket --from-key-file old.key latest',
  ]
  static override args = {snapshots: optionalSnapshotsArgument}
  static override flags = {
    ...repositoryFlags,
    ...fromFlags,
    to: string({helpGroup: 'REPOSITORY', description: 'the repository to write to: folder, or s3://BUCKET/PREFIX', helpValue: 'LOCATION'}),
    ...storageClassFlags,
    ...storeFlags,
    ...priceFlags,
    ...filterFlags,
    'dry-run': boolean({char: 'n', description: 'show what would be copied, and how much; store nothing'}),
    compression: string({
      description: 'compress everything anew, so hard; without it, what is compressed stays so, and the rest is auto',
      options: [...LEVELS],
    }),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Copy)
    const {json, quiet} = flags
    const references = args.snapshots ?? []
    checkUsage(flags, references)
    const own = {...flags, repository: flags.to ?? flags.repository}
    const other = {...flags, repository: flags.from ?? flags.repository}
    const [to, from] = [await flagsBeside(own, other), await flagsBeside(other, own)]
    const options: CopyOptions = {
      ...choiceOf(flags),
      references,
      dryRun: flags['dry-run'],
      compression: flags.compression as (typeof LEVELS)[number] | undefined,
    }
    const {output, errorOutput} = this
    const prices = {from: await choosePrices(from), to: await choosePrices(to)}
    const reporter = json
      ? copyJsonReporter({output, quiet, prices})
      : copyTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, dryRun: flags['dry-run'], prices})
    goOnWithoutReader()
    const {copySnapshots} = await import('../operations/copy-snapshots.js')
    const copy = (signal: AbortSignal): Promise<CopyResult> => {
      const use = {signal, clear: () => reporter.stop()}
      return withFromRepository(
        from,
        (source) =>
          withRepository(to, (target) => copySnapshots(source, target, {...options, signal, onEvent: reporter.event}), {
            ...use,
            isWriting: !flags['dry-run'],
          }),
        use,
      )
    }
    const result = await interruptible(copy, () => reporter.stop(), INTERRUPTED).finally(() => reporter.stop())
    reporter.result(result)
    return result.failed > 0 ? exitCodes.damageFound : exitCodes.done
  }
}

function checkUsage(
  flags: {from?: string; to?: string; host?: string[]; path?: string[]; tag?: string[]},
  references: readonly string[],
): void {
  if (flags.from === undefined && flags.to === undefined) {
    throw new PocketError('usage', 'nothing says which repository to copy from, or to', {
      hint: 'give --from, --to or both; the configured repository stands in for the other',
    })
  }
  if (references.length > 0 && hasFilter(flags)) {
    throw new PocketError('usage', 'snapshots are named, and chosen by --host, --path or --tag, too', {hint: 'give one of the two'})
  }
}
