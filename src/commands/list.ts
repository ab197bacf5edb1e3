import {integer, string} from '@oclif/core/flags'
import {repositoryFlags} from '../cli/flags.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {snapshotJson, snapshotListLines} from '../cli/reporters/snapshot-list.js'

const REPEATED = {multiple: true, multipleNonGreedy: true} as const

export default class List extends PocketCommand {
  static override summary = 'list snapshots, oldest first'
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --host laptop --tag daily --latest 5']
  static override flags = {
    ...repositoryFlags,
    host: string({...REPEATED, description: 'only those of this host; may be repeated', helpValue: 'NAME'}),
    path: string({...REPEATED, description: 'only those that hold this path; may be repeated', helpValue: 'PATH'}),
    tag: string({...REPEATED, description: "only those with this tag ('a,b': with both); may be repeated", helpValue: 'TAG'}),
    latest: integer({description: 'only the latest so many of each host and set of paths', min: 1, helpValue: 'COUNT'}),
  }

  async run(): Promise<undefined> {
    const {flags} = await this.parse(List)
    const {listSnapshots} = await import('../operations/list-snapshots.js')
    const snapshots = await withRepository(flags, (repository) =>
      listSnapshots(repository, {hosts: flags.host, paths: flags.path, tags: flags.tag, latest: flags.latest}),
    )
    if (flags.json) this.printJson('snapshots', {snapshots: snapshots.map(snapshotJson)})
    else this.printLines(snapshotListLines(snapshots))
  }
}
