import {boolean, string} from '@oclif/core/flags'
import {optionalSnapshotsArgument} from '../cli/arguments.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {choiceOf, filterFlags, hasFilter} from '../cli/filter-flags.js'
import {priceFlags, repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {type ParsedPolicy, parseGrouping, policyFlags, policyOf} from '../cli/policy-flags.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {givenPruneFlag, PRUNE_INTERRUPTED, pruneFlags, pruneOptionsOf} from '../cli/prune-flags.js'
import {findQuestions} from '../cli/questions.js'
import type {ForgetResult} from '../cli/reporters/forget-types.js'
import {forgetJsonReporter, forgetTextReporter} from '../cli/reporters/forget.js'
import {foundLoss} from '../cli/reporters/prune.js'
import {type ForgetJob, runForget} from '../cli/run-forget.js'
import {PocketError} from '../errors.js'

const INTERRUPTED = {
  state: 'each snapshot is forgotten wholly or not at all',
  hint: "'pocket undelete' lists what was forgotten, and brings it back",
}

export default class Forget extends PocketCommand {
  static override summary = 'forget snapshots, by name or by policy'
  static override description =
    `Those that are named, or all that no rule of a policy keeps, in each group of the same host and paths. What is pinned stays, and so does what a
run had stored when it was cut off, until a complete snapshot was begun after it. Space is given back by 'pocket prune', or --prune; 'pocket undelete'
brings back what was forgotten less than a day before that.

A policy that would leave nothing of a group, and a list of names that leaves nothing in the repository, is refused. It takes --allow-removing-all, and
a yes to the question on a terminal, or --yes.`
  static override examples = [
    '<%= config.bin %> forget --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run',
    '<%= config.bin %> forget --keep-within-daily 1m --keep-size 500GiB --prune',
    '<%= config.bin %> forget 3fa9c2d1 latest~2',
  ]
  static override args = {snapshots: optionalSnapshotsArgument}
  static override flags = {
    ...repositoryFlags,
    ...storageClassFlags,
    ...storeFlags,
    ...priceFlags,
    ...policyFlags,
    ...filterFlags,
    'group-by': string({description: "'host,paths,tags', some of them, or '' for one group [default: host,paths]", helpValue: 'WHAT'}),
    'dry-run': boolean({char: 'n', description: 'show what would go and why, and how much it would give back; change nothing'}),
    'allow-removing-all': boolean({description: 'let go the last snapshot of a group, or of all'}),
    yes: boolean({description: 'do not ask whether that is meant'}),
    prune: boolean({description: "give space back at once, as 'pocket prune' does"}),
    ...pruneFlags,
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Forget)
    const {json, quiet} = flags
    const groupBy = flags['group-by']
    const policy = policyOf(flags)
    const references = args.snapshots ?? []
    checkUsage(references, policy, hasFilter(flags) || groupBy !== undefined)
    const pruneFlag = givenPruneFlag(flags)
    if (pruneFlag !== undefined && !flags.prune) {
      throw new PocketError('usage', `--${pruneFlag} means nothing without --prune`, {hint: 'add --prune, or leave it out'})
    }
    const grouping = groupBy === undefined ? undefined : parseGrouping(groupBy)
    const prune = flags.prune ? pruneOptionsOf(flags) : undefined
    const prices = await choosePrices(flags)
    const {output, errorOutput} = this
    const reporter = json
      ? forgetJsonReporter({output, quiet, prices})
      : forgetTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, prices})
    goOnWithoutReader()
    const job: Omit<ForgetJob, 'signal'> = {
      what: policy === undefined ? {references} : {request: {...policy, ...choiceOf(flags), grouping}},
      dryRun: flags['dry-run'],
      allowRemovingAll: flags['allow-removing-all'],
      isConfirmed: flags.yes,
      questions: json || quiet ? undefined : findQuestions(),
      prune,
      reporter,
    }
    const forget = (signal: AbortSignal): Promise<ForgetResult | 'none'> =>
      withRepository(flags, (repository) => runForget(repository, {...job, signal}), {
        isWriting: !job.dryRun,
        signal,
        clear: reporter.stop,
      })
    const result = await interruptible(forget, reporter.stop, prune ? PRUNE_INTERRUPTED : INTERRUPTED).finally(reporter.stop)
    if (result === 'none') {
      this.output.line('nothing was forgotten')
      return exitCodes.done
    }
    reporter.result(result)
    return result.pruned && foundLoss(result.pruned) ? exitCodes.damageFound : exitCodes.done
  }
}

function checkUsage(references: readonly string[], policy: ParsedPolicy | undefined, hasChoice: boolean): void {
  const hint = "name snapshots as 'pocket list' shows them, or say what to keep, such as --keep-daily 7 --keep-weekly 4"
  if (references.length === 0 && policy === undefined) throw new PocketError('usage', 'nothing says what to forget', {hint})
  if (references.length === 0) return
  if (policy !== undefined) throw new PocketError('usage', 'snapshots are named, and a policy is given, too', {hint: 'give one of the two'})
  if (!hasChoice) return
  throw new PocketError('usage', 'snapshots are named, and chosen by --host, --path, --tag or --group-by, too', {
    hint: 'those are for policies',
  })
}
