import {boolean, string} from '@oclif/core/flags'
import {parseDataSubset} from '../cli/data-subset.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {priceFlags, repositoryFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {parseDuration} from '../cli/parse-duration.js'
import {parseRunTime} from '../cli/parse-run-time.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {checkJsonReporter, checkTextReporter} from '../cli/reporters/check.js'
import type {CheckOptions, CheckResult} from '../operations/check-repository.js'
import type {Repository} from '../operations/open-repository.js'
import {inAdvance} from '../util/concurrency.js'

const INTERRUPTED = {state: 'nothing was changed', hint: 'what was not looked at may still be damaged'}

export default class Check extends PocketCommand {
  static override summary = 'look for damage'
  static override description =
    `Looks at every key, index, snapshot and folder, and whether each pack is there and as long as it was. The data of files is read only
with --read-data or the flags below it: then this machine keeps in its cache when each pack was verified. Changes nothing, and may run beside anything else. Exit code 4: something is damaged.`
  static override examples = ['<%= config.bin %> check', '<%= config.bin %> check --max-age 30d --max-duration 10m']
  static override flags = {
    ...repositoryFlags,
    ...priceFlags,
    'read-data': boolean({description: 'read all packs, and check every byte', exclusive: ['read-data-subset']}),
    'read-data-subset': string({
      description: "read a part of them, those first that were verified longest ago: '5%', '1G', or '2/7', the second of seven parts",
      helpValue: 'PART',
      exclusive: ['read-data'],
    }),
    'max-age': string({
      description: "read only packs that were not verified on this machine within this time: '30d', '12h', '6m' for months",
      helpValue: 'DURATION',
    }),
    'max-duration': string({description: "begin no pack after this time, such as '10m'; the next run goes on there", helpValue: 'TIME'}),
  }

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(Check)
    const {output, errorOutput} = this
    const {quiet} = flags
    const reading = readingOf(flags)
    const prices = await choosePrices(flags)
    const reporter = flags.json
      ? checkJsonReporter({output, quiet, prices})
      : checkTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, prices})
    goOnWithoutReader()
    // Loaded, too, while the key is unlocked.
    let ahead: Promise<CheckOptions['ahead']> | undefined
    const begin = async (backend: NonNullable<CheckOptions['ahead']>): Promise<CheckOptions['ahead']> => {
      const {readCheckAhead} = await import('../operations/check-repository.js')
      return readCheckAhead(backend)
    }
    const run = async (repository: Repository, signal: AbortSignal): Promise<CheckResult> => {
      const {checkRepository} = await import('../operations/check-repository.js')
      return checkRepository(repository, {...reading, signal, onEvent: reporter.event, ahead: await ahead})
    }
    const check = (signal: AbortSignal): Promise<CheckResult> =>
      withRepository(flags, (repository) => run(repository, signal), {
        signal,
        clear: () => reporter.stop(),
        whileUnlocking: (backend) => void (ahead = inAdvance(begin(backend))),
      })
    const result = await interruptible(check, () => reporter.stop(), INTERRUPTED).finally(() => reporter.stop())
    reporter.result(result)
    return result.damagedObjects + result.damagedPaths > 0 ? exitCodes.damageFound : exitCodes.done
  }
}

interface ReadingFlags {
  'read-data': boolean
  'read-data-subset'?: string
  'max-age'?: string
  'max-duration'?: string
}

/** An age or a time to run is of what is read: by itself, it means all packs. */
function readingOf(flags: ReadingFlags): Pick<CheckOptions, 'readData' | 'maxAgeMs' | 'maxDurationMs'> {
  const {'read-data-subset': subset, 'max-age': age, 'max-duration': time} = flags
  if (subset === undefined && age === undefined && time === undefined && !flags['read-data']) return {}
  return {
    readData: subset === undefined ? {type: 'all'} : parseDataSubset(subset, '--read-data-subset'),
    ...(age !== undefined && {maxAgeMs: roughMs(parseDuration(age, '--max-age'))}),
    ...(time !== undefined && {maxDurationMs: parseRunTime(time, '--max-duration')}),
  }
}

const DAY_MS = 24 * 60 * 60_000

/** Months of 30 days, years of 365: nobody verifies by the calendar. */
function roughMs({years, months, days, hours}: ReturnType<typeof parseDuration>): number {
  return (years * 365 + months * 30 + days) * DAY_MS + (hours * DAY_MS) / 24
}
