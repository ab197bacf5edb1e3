import {boolean, string} from '@oclif/core/flags'
import {parseDataSubset} from '../cli/data-subset.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {priceFlags, repositoryFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {checkJsonReporter, checkTextReporter} from '../cli/reporters/check.js'
import type {CheckResult, DataSubset} from '../operations/check-repository.js'

const INTERRUPTED = {state: 'nothing was changed', hint: 'what was not looked at may still be damaged'}

export default class Check extends PocketCommand {
  static override summary = 'look for damage'
  static override description =
    `Looks at every key, index, snapshot and folder, and whether each pack is there and as long as it was. The data of files is read only
with --read-data. Changes nothing, and may run beside anything else. Exit code 4: something is damaged.`
  static override examples = ['<%= config.bin %> check', '<%= config.bin %> check --read-data-subset 5%']
  static override flags = {
    ...repositoryFlags,
    ...priceFlags,
    'read-data': boolean({description: 'read all packs, and check every byte', exclusive: ['read-data-subset']}),
    'read-data-subset': string({
      description: "read a part of them: '5%' or '1G' by chance, '2/7' the second of seven parts",
      helpValue: 'PART',
      exclusive: ['read-data'],
    }),
  }

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(Check)
    const {output, errorOutput} = this
    const {quiet} = flags
    const readData = subsetOf(flags)
    const prices = await choosePrices(flags)
    const reporter = flags.json
      ? checkJsonReporter({output, quiet, prices})
      : checkTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, prices})
    goOnWithoutReader()
    const {checkRepository} = await import('../operations/check-repository.js')
    const check = (signal: AbortSignal): Promise<CheckResult> =>
      withRepository(flags, (repository) => checkRepository(repository, {readData, signal, onEvent: reporter.event}), {
        signal,
        clear: () => reporter.stop(),
      })
    const result = await interruptible(check, () => reporter.stop(), INTERRUPTED).finally(() => reporter.stop())
    reporter.result(result)
    return result.damagedObjects + result.damagedPaths > 0 ? exitCodes.damageFound : exitCodes.done
  }
}

function subsetOf(flags: {'read-data': boolean; 'read-data-subset'?: string}): DataSubset | undefined {
  const text = flags['read-data-subset']
  if (text !== undefined) return parseDataSubset(text, '--read-data-subset')
  return flags['read-data'] ? {type: 'all'} : undefined
}
