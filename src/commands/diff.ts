import {stat} from 'node:fs/promises'
import {string as stringArgument} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {referenceArgument} from '../cli/arguments.js'
import {repositoryFlags} from '../cli/flags.js'
import {jsonObjectWithList} from '../cli/json-output.js'
import {withRepository} from '../cli/open-repository.js'
import type {Repository} from '../operations/open-repository.js'
import {pausable} from '../cli/pausing.js'
import {standardError} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {reportWarning} from '../cli/report-error.js'
import {changeJson, changeLine, diffTotalsJson, diffTotalsLines} from '../cli/reporters/change-list.js'
import {linesOf, mapItems, withReturnValue, writePieces} from '../cli/stream-lines.js'
import {fileError, type PocketError, systemCode} from '../errors.js'

const REFERENCE = /^(latest(~\d+)?|[0-9a-f]+)(:.*)?$/s

export default class Diff extends PocketCommand {
  static override summary = 'show what differs between two snapshots'
  static override description = `+ added, - removed, M other content, m other metadata, T of another type.
A folder of this machine may stand for TO. Exit code 3: something in it could not be read, and is not in the list.`
  static override examples = ['<%= config.bin %> diff latest~1 latest', '<%= config.bin %> diff latest:home/ada/notes ~/notes']
  static override args = {
    from: referenceArgument,
    to: stringArgument({description: 'the same, or a folder', required: true, ignoreStdin: true}),
  }
  static override flags = {
    ...repositoryFlags,
    exclude: string({
      description: 'leave out what matches this pattern, as in .gitignore, or this absolute path; may be repeated',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Diff)
    const {from} = args
    const to = await resolveSide(args.to)
    const {diffSnapshots} = await import('../operations/diff-snapshots.js')
    let unreadable = 0
    const onUnreadable = (error: PocketError): void => {
      unreadable++
      standardError.line(reportWarning(error, flags))
    }
    const compare = async (repository: Repository): Promise<void> => {
      const changes = withReturnValue(diffSnapshots(repository, {from, to, excludes: flags.exclude, onUnreadable}))
      if (flags.json) {
        const opening = {type: 'diff', fields: {from, to: args.to}, list: 'changes'}
        const totals = () => ({totals: diffTotalsJson(changes.value())})
        return writePieces(this.output, jsonObjectWithList(opening, mapItems(changes.items, changeJson), totals))
      }
      await writePieces(this.output, linesOf(changes.items, changeLine))
      if (!flags.quiet) this.printLines(diffTotalsLines(changes.value()))
    }
    await pausable(() => withRepository(flags, compare))
    return unreadable > 0 ? exitCodes.sourceUnreadable : exitCodes.done
  }
}

/** What does not look like a reference, and is a folder, is a folder; `./` in front of any name makes it one. */
async function resolveSide(to: string): Promise<string | {directory: string}> {
  if (REFERENCE.test(to)) return to
  try {
    return (await stat(to)).isDirectory() ? {directory: to} : to
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw fileError(error, `cannot look at '${to}'`)
    return to
  }
}
