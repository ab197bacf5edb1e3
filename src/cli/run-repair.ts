/** What the commands of `pocket repair` share: flags, an open repository, events to a reporter, and what they end with. */
import {boolean} from '@oclif/core/flags'
import type {RepairOptions} from '../operations/repair-events.js'
import type {Repository} from '../operations/open-repository.js'
import {type ExitCode, exitCodes} from './exit-codes.js'
import {priceFlags, type RepositoryFlags, repositoryFlags, storeFlags} from './flags.js'
import {interruptible} from './interrupt.js'
import type {JsonFields} from './json-output.js'
import {withRepository} from './open-repository.js'
import {goOnWithoutReader, standardError, standardOutput} from './output.js'
import {choosePrices} from './prices.js'
import {terminalDisplay} from './progress-display.js'
import {type RepairSummary, repairJsonReporter, repairTextReporter} from './reporters/repair.js'

export const repairFlags = {
  ...repositoryFlags,
  ...storeFlags,
  ...priceFlags,
  'dry-run': boolean({char: 'n', description: 'show what would be done, but change nothing'}),
}

const INTERRUPTED = {state: 'what was repaired so far stays', hint: 'run the same command again to go on'}

export interface Repair<Result> {
  run: (repository: Repository, options: RepairOptions) => Promise<Result>
  lines: (result: Result) => readonly string[]
  fields: (result: Result) => JsonFields
  /** Whether something is damaged still. */
  isDamaged: (result: Result) => boolean
}

/** Exit code 4 when damage remains. */
export async function runRepair<Result extends RepairSummary>(
  flags: RepositoryFlags & {'dry-run': boolean},
  {run, lines, fields, isDamaged}: Repair<Result>,
): Promise<ExitCode> {
  const {quiet} = flags
  const prices = await choosePrices(flags)
  const reporter = flags.json
    ? repairJsonReporter({output: standardOutput, quiet, prices})
    : repairTextReporter({output: standardOutput, errorOutput: standardError, display: terminalDisplay(flags), quiet, prices})
  goOnWithoutReader()
  const dryRun = flags['dry-run']
  const work = (signal: AbortSignal): Promise<Result> =>
    withRepository(flags, (repository) => run(repository, {dryRun, signal, onEvent: reporter.event}), {
      isWriting: !dryRun,
      signal,
      clear: () => reporter.stop(),
    })
  const result = await interruptible(work, () => reporter.stop(), INTERRUPTED).finally(() => reporter.stop())
  reporter.result(result, lines(result), fields(result))
  return isDamaged(result) ? exitCodes.damageFound : exitCodes.done
}
