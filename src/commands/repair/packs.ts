import {Args} from '@oclif/core'
import {boolean} from '@oclif/core/flags'
import type {ExitCode} from '../../cli/exit-codes.js'
import {storageClassFlags} from '../../cli/flags.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {repairPacksJson, repairPacksLines} from '../../cli/reporters/repair.js'
import {repairFlags, runRepair} from '../../cli/run-repair.js'

export default class RepairPacks extends PocketCommand {
  static override summary = 'take what is whole out of damaged packs'
  static override description =
    `What is whole is stored in new packs, and the damaged ones are removed. Names the files that are lost by that, and in which snapshots.
Without ids: packs that were found damaged on this machine, or else all are read. May run beside anything else. Exit code 4: something is damaged still.`
  static override examples = ['<%= config.bin %> repair packs', '<%= config.bin %> repair packs --read-all-packs --dry-run']
  static override strict = false
  static override args = {ids: Args.string({description: 'packs, or unique beginnings of their ids'})}
  static override flags = {
    ...repairFlags,
    ...storageClassFlags,
    'read-all-packs': boolean({description: 'read all packs, whatever is known of them'}),
  }

  async run(): Promise<ExitCode> {
    const {argv, flags} = await this.parse(RepairPacks)
    const {repairPacks} = await import('../../operations/repair-packs.js')
    return runRepair(flags, {
      run: (repository, options) => repairPacks(repository, {...options, packs: argv as string[], readAllPacks: flags['read-all-packs']}),
      lines: repairPacksLines,
      fields: repairPacksJson,
      isDamaged: ({damagedPaths, spared, unreadable}) => damagedPaths + spared + unreadable > 0,
    })
  }
}
