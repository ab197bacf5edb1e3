import {integer, string} from '@oclif/core/flags'
import {optionalSnapshotsArgument} from '../cli/arguments.js'
import {findProfile} from '../cli/chosen-profile.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {priceFlags, repositoryFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {goOnWithoutReader} from '../cli/output.js'
import {parseRunTime} from '../cli/parse-run-time.js'
import {parseSize} from '../cli/parse-size.js'
import {parseSpan} from '../cli/parse-span.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {drillJsonReporter, drillTextReporter, isSound} from '../cli/reporters/drill.js'
import {runDrill} from '../cli/run-drill.js'

const INTERRUPTED = {state: 'what was restored has been removed again', hint: 'what was proven until then is remembered'}

export default class Drill extends PocketCommand {
  static override summary = 'prove that files can be restored'
  static override description =
    `Restores files that are drawn at random, those first that were proven longest ago, to a temporary folder, reads them again and compares them with
the snapshot, and with the file on this machine where that has not changed. The folder is removed afterwards. Exit code 4: something is damaged, or has rotted.`
  static override examples = ['<%= config.bin %> drill', '<%= config.bin %> drill --use-profile home --files 100 --max-duration 10m']
  static override args = {
    snapshots: optionalSnapshotsArgument,
  }
  static override flags = {
    ...repositoryFlags,
    ...priceFlags,
    files: integer({description: 'restore so many files', min: 1, default: 20, helpValue: 'COUNT'}),
    bytes: string({description: 'restore at most so much', default: '4G', helpValue: 'SIZE'}),
    'max-duration': string({description: "begin no file after this time, such as '10m'", helpValue: 'TIME'}),
    target: string({description: 'make the temporary folder in this one [default: that of the system]', helpValue: 'DIRECTORY'}),
    window: string({description: 'show the share that was proven within this time', default: '90d', helpValue: 'TIME'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Drill)
    const {output, errorOutput} = this
    const {quiet} = flags
    const references = args.snapshots ?? []
    const options = {
      ...(references.length > 0 && {references}),
      files: flags.files,
      bytes: parseSize(flags.bytes, '--bytes'),
      ...(flags['max-duration'] !== undefined && {maxDurationMs: parseRunTime(flags['max-duration'], '--max-duration')}),
      ...(flags.target !== undefined && {target: flags.target}),
      windowMs: parseSpan(flags.window, '--window'),
    }
    const prices = await choosePrices(flags)
    const display = terminalDisplay(flags)
    const reporter = flags.json
      ? drillJsonReporter({output, quiet, prices})
      : drillTextReporter({output, errorOutput, display, quiet, prices})
    // Which snapshot it is to be, and which repository, leave nothing for a profile to say.
    const isNamed = references.length > 0 || (flags.repository !== undefined && flags['use-profile'] === undefined)
    const profile = isNamed ? undefined : (await findProfile(flags))?.profile
    goOnWithoutReader()
    const clear = (): void => reporter.stop()
    const drill = (signal: AbortSignal): ReturnType<typeof runDrill> =>
      runDrill({flags, options, profile, errorOutput, onEvent: (event) => reporter.event(event), clear}, signal)
    const result = await interruptible(drill, clear, INTERRUPTED).finally(clear)
    reporter.result(result)
    return isSound(result) ? exitCodes.done : exitCodes.damageFound
  }
}
