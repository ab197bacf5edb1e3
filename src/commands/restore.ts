import {boolean, integer, string} from '@oclif/core/flags'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {referenceArgument} from '../cli/arguments.js'
import {priceFlags, repositoryFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {terminalDisplay} from '../cli/progress-display.js'
import {restoreJsonReporter} from '../cli/reporters/restore-json.js'
import {restoreTextReporter} from '../cli/reporters/restore-text.js'

const INTERRUPTED = {
  state: 'the target holds a part of the snapshot, and the repository is clean',
  hint: 'run the same command again with --overwrite: what is there already is kept',
}

export default class Restore extends PocketCommand {
  static override summary = 'bring files of a snapshot back'
  static override description = `Every byte is verified while it is restored. Without --target, things go back to where they came from.
Something that is there already with other content is an error, and nothing is written, unless --overwrite is given. What is there with the same
content stays as it is; with --overwrite it gets its mode, owner and times back too.`
  static override examples = [
    '<%= config.bin %> restore latest --target /tmp/restored',
    "<%= config.bin %> restore 3fa9c2d1:projects/site --target /tmp/site --include '*.html'",
  ]
  static override args = {
    reference: referenceArgument,
  }
  static override flags = {
    ...repositoryFlags,
    ...priceFlags,
    target: string({description: 'restore into this directory', helpValue: 'DIRECTORY'}),
    include: string({
      description: 'restore only what matches this pattern, as in .gitignore; may be repeated',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    exclude: string({
      description: 'leave out what matches this pattern; may be repeated',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    overwrite: boolean({description: 'write over files that differ, and give the others their mode, owner and times back'}),
    'dry-run': boolean({char: 'n', description: 'show what would be restored, but write nothing'}),
    workers: integer({description: 'worker threads [default: one a core]', min: 1, max: 256, helpValue: 'COUNT'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Restore)
    const {output, errorOutput} = this
    const {quiet} = flags
    const prices = await choosePrices(flags)
    const reporter = flags.json
      ? restoreJsonReporter({output, quiet, prices})
      : restoreTextReporter({output, errorOutput, display: terminalDisplay(flags), quiet, prices})
    goOnWithoutReader()
    const {restoreSnapshot} = await import('../operations/restore-snapshot.js')
    const restore = (signal: AbortSignal): ReturnType<typeof restoreSnapshot> =>
      withRepository(
        flags,
        (repository) =>
          restoreSnapshot(repository, {
            reference: args.reference,
            target: flags.target,
            includes: flags.include,
            excludes: flags.exclude,
            overwrite: flags.overwrite,
            dryRun: flags['dry-run'],
            workers: flags.workers,
            signal,
            onEvent: (event) => reporter.event(event),
          }),
        {signal, clear: () => reporter.stop()},
      )
    const onInterrupt = (): void => {
      reporter.stop()
      this.notice(['interrupted: finishing what is being written (once more to leave at once)'], flags)
    }
    const result = await interruptible(restore, onInterrupt, INTERRUPTED).finally(() => reporter.stop())
    reporter.result(result)
    return result.failed > 0 ? exitCodes.failed : exitCodes.done
  }
}
