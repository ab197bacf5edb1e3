import {boolean} from '@oclif/core/flags'
import {snapshotsArgument} from '../cli/arguments.js'
import {repositoryFlags, storeFlags} from '../cli/flags.js'
import {markAndTell} from '../cli/mark-snapshots.js'
import {PocketCommand} from '../cli/pocket-command.js'

const PINNED = {done: 'is pinned', already: 'was pinned already'}
const UNPINNED = {done: 'is pinned no more', already: 'was not pinned'}

export default class Pin extends PocketCommand {
  static override summary = 'protect snapshots from being forgotten'
  static override description =
    `No policy forgets a pinned snapshot, and 'pocket forget' refuses to when it is named. It is stored again, and has another id then.`
  static override examples = ['<%= config.bin %> pin latest', '<%= config.bin %> pin --remove 3fa9c2d1']
  static override args = {snapshots: snapshotsArgument}
  static override flags = {
    ...repositoryFlags,
    ...storeFlags,
    remove: boolean({description: 'let them be forgotten again'}),
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Pin)
    const {findSnapshots} = await import('../operations/find-snapshot.js')
    await markAndTell(flags, {
      output: this.output,
      find: (repository) => findSnapshots(repository, args.snapshots),
      marks: {pinned: !flags.remove},
      words: flags.remove ? UNPINNED : PINNED,
    })
  }
}
