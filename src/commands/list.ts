import {boolean, integer} from '@oclif/core/flags'
import {choiceOf, filterFlags} from '../cli/filter-flags.js'
import {repositoryFlags} from '../cli/flags.js'
import {measuring} from '../cli/measuring.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {snapshotJson, snapshotListLines} from '../cli/reporters/snapshot-list.js'
import type {SnapshotSizes} from '../operations/measure-snapshots.js'

export default class List extends PocketCommand {
  static override summary = 'list snapshots, oldest first'
  static override description =
    `A checkpoint, which is what a run had stored when it was cut off, is marked 'incomplete', one that no policy forgets 'pinned'.
With --sizes, Unique is what is stored for this snapshot alone, Added what it needs and no older one does; all trees are read for it.`
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --host laptop --tag daily --latest 5']
  static override flags = {
    ...repositoryFlags,
    ...filterFlags,
    latest: integer({description: 'only the latest so many of each host and set of paths', min: 1, helpValue: 'COUNT'}),
    sizes: boolean({description: 'show what is stored for each alone, and what each added'}),
  }

  async run(): Promise<undefined> {
    const {flags} = await this.parse(List)
    const {listSnapshots} = await import('../operations/list-snapshots.js')
    const options = {...choiceOf(flags), latest: flags.latest}
    let sizes: ReadonlyMap<string, SnapshotSizes> | undefined
    const snapshots = await (flags.sizes
      ? measuring(flags, async (repository, measureOptions) => {
          const {measureSnapshots} = await import('../operations/measure-snapshots.js')
          sizes = await measureSnapshots(repository, measureOptions)
          return listSnapshots(repository, {...options, onDamaged: () => undefined})
        })
      : withRepository(flags, (repository) => listSnapshots(repository, options)))
    if (flags.json) this.printJson('snapshots', {snapshots: snapshots.map((snapshot) => snapshotJson(snapshot, sizes))})
    else this.printLines(snapshotListLines(snapshots, sizes))
  }
}
