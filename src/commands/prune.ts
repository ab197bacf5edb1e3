import {boolean} from '@oclif/core/flags'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {priceFlags, repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {PRUNE_INTERRUPTED, pruneFlags, pruneOptionsOf} from '../cli/prune-flags.js'
import {foundLoss, pruneJsonReporter, pruneTextReporter} from '../cli/reporters/prune.js'
import type {PruneResult} from '../operations/prune-repository.js'

export default class Prune extends PocketCommand {
  static override summary = 'give back the space of what no snapshot needs'
  static override description =
    `Removes packs that nobody needs, and writes those anew of which much is not needed. What was forgotten less than a day ago stays, so that
'pocket undelete' can bring it back, and so does what is too young to tell from what another run is storing. May run beside anything else.
Exit code 4: something that snapshots need is lost.`
  static override examples = ['<%= config.bin %> prune --dry-run', '<%= config.bin %> prune --max-unused 10% --max-repack 50G']
  static override flags = {
    ...repositoryFlags,
    ...storageClassFlags,
    ...storeFlags,
    ...priceFlags,
    'dry-run': boolean({char: 'n', description: 'show what would be done, but change nothing'}),
    ...pruneFlags,
  }

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(Prune)
    const options = pruneOptionsOf(flags)
    const {output, errorOutput} = this
    const {quiet} = flags
    const prices = await choosePrices(flags)
    const reporter = flags.json
      ? pruneJsonReporter({output, quiet, prices})
      : pruneTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, prices})
    goOnWithoutReader()
    const {pruneRepository} = await import('../operations/prune-repository.js')
    const dryRun = flags['dry-run']
    const prune = (signal: AbortSignal): Promise<PruneResult> =>
      withRepository(flags, (repository) => pruneRepository(repository, {...options, dryRun, signal, onEvent: reporter.event}), {
        isWriting: !dryRun,
        signal,
        clear: () => reporter.stop(),
      })
    const result = await interruptible(prune, () => reporter.stop(), PRUNE_INTERRUPTED).finally(() => reporter.stop())
    reporter.result(result)
    return foundLoss(result) ? exitCodes.damageFound : exitCodes.done
  }
}
