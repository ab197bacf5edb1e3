import {Args} from '@oclif/core'
import {boolean} from '@oclif/core/flags'
import type {ExitCode} from '../../cli/exit-codes.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {repairSnapshotsJson, repairSnapshotsLines} from '../../cli/reporters/repair.js'
import {repairFlags, runRepair} from '../../cli/run-repair.js'

export default class RepairSnapshots extends PocketCommand {
  static override summary = 'store what is left of damaged snapshots as new ones'
  static override description =
    `In the new ones, what is lost has a mark: a file without its content, a folder without what was in it. The damaged ones stay, unless
--forget is given. Take a snapshot of the sources with --force before, which may bring back what is lost.
A snapshot object that is not as it was written is put back where this machine has a copy in its cache. Exit code 4: there is a damaged snapshot still.`
  static override examples = ['<%= config.bin %> repair snapshots --dry-run', '<%= config.bin %> repair snapshots --forget']
  static override strict = false
  static override args = {ids: Args.string({description: 'snapshots: ids, unique beginnings of them, latest; without one, all'})}
  static override flags = {
    ...repairFlags,
    forget: boolean({description: 'forget the damaged ones afterwards, and remove snapshot objects that nobody can read'}),
  }

  async run(): Promise<ExitCode> {
    const {argv, flags} = await this.parse(RepairSnapshots)
    const {repairSnapshots} = await import('../../operations/repair-snapshots.js')
    return runRepair(flags, {
      run: (repository, options) => repairSnapshots(repository, {...options, references: argv as string[], forget: flags.forget}),
      lines: repairSnapshotsLines,
      fields: repairSnapshotsJson,
      isDamaged: ({dryRun, damaged, forgotten, spoilt, removed, putBack}) =>
        damaged + spoilt + (dryRun ? putBack : 0) > forgotten + removed,
    })
  }
}
