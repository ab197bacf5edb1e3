import {Args} from '@oclif/core'
import type {ExitCode} from '../../cli/exit-codes.js'
import {otherSecretFlags, storageClassFlags} from '../../cli/flags.js'
import {withOtherRepository} from '../../cli/open-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {repairFromJson, repairFromLines} from '../../cli/reporters/repair.js'
import {repairFlags, runRepair} from '../../cli/run-repair.js'

export default class RepairFrom extends PocketCommand {
  static override summary = 'fetch what is lost from a copy, or from another repository of the same files'
  static override description =
    `From a copy with the same keys, such as one of all its objects, everything; from another repository that has the same files, by path,
size and time, what they contain. Nothing is changed in it. Damaged packs are known once
'pocket check --read-data' has found them; 'pocket repair packs' removes them afterwards. Exit code 4: the copy lacks something, too.`
  static override examples = ['<%= config.bin %> repair from /mnt/copy', '<%= config.bin %> repair --from s3://bucket/copy --dry-run']
  static override args = {location: Args.string({required: true, description: 'the other repository: a folder, or s3://BUCKET/PREFIX'})}
  static override flags = {...repairFlags, ...storageClassFlags, ...otherSecretFlags}

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(RepairFrom)
    const {repairFrom} = await import('../../operations/repair-from.js')
    return runRepair(flags, {
      run: (repository, options) =>
        withOtherRepository(flags, args.location, (other) => repairFrom(repository, other, options), {signal: options.signal}),
      lines: repairFromLines,
      fields: repairFromJson,
      isDamaged: ({missingChunks}) => missingChunks > 0,
    })
  }
}
