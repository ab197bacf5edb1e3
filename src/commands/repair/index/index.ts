import {boolean} from '@oclif/core/flags'
import type {ExitCode} from '../../../cli/exit-codes.js'
import {PocketCommand} from '../../../cli/pocket-command.js'
import {repairIndexJson, repairIndexLines} from '../../../cli/reporters/repair.js'
import {repairFlags, runRepair} from '../../../cli/run-repair.js'

export default class RepairIndex extends PocketCommand {
  static override summary = 'bring the index in line with the packs that are stored'
  static override description =
    `Takes in packs that no index object names, drops those that are gone, and replaces index objects that cannot be read.
May run beside anything else. Exit code 4: there are packs that cannot be read.`
  static override examples = ['<%= config.bin %> repair index', '<%= config.bin %> repair index --read-all-packs --dry-run']
  static override flags = {
    ...repairFlags,
    'read-all-packs': boolean({description: 'read what every pack says that it holds, and write the whole index anew'}),
  }

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(RepairIndex)
    const {repairIndex} = await import('../../../operations/repair-index.js')
    return runRepair(flags, {
      run: (repository, options) => repairIndex(repository, {...options, readAllPacks: flags['read-all-packs']}),
      lines: repairIndexLines,
      fields: repairIndexJson,
      isDamaged: ({unreadable}) => unreadable > 0,
    })
  }
}
