import {forgottenArgument} from '../cli/arguments.js'
import {repositoryFlags, storeFlags} from '../cli/flags.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {forgottenJson, forgottenListLines} from '../cli/reporters/forgotten-list.js'
import {shortId} from '../id.js'
import {nowNs} from '../util/clock.js'

export default class Undelete extends PocketCommand {
  static override summary = 'list forgotten snapshots, or bring them back'
  static override description =
    `A forgotten snapshot can be brought back until a prune removes what it needs, a day later at the earliest unless --grace says otherwise.`
  static override examples = ['<%= config.bin %> undelete', '<%= config.bin %> undelete 3fa9c2d1']
  static override args = {snapshots: forgottenArgument}
  static override flags = {...repositoryFlags, ...storeFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Undelete)
    const {snapshots: references = []} = args
    const {listForgottenSnapshots, undeleteSnapshots} = await import('../operations/undelete-snapshots.js')
    if (references.length > 0) {
      const ids = await withRepository(flags, (repository) => undeleteSnapshots(repository, references), {isWriting: true})
      if (flags.json) this.printJson('undeleted', {ids})
      else if (!flags.quiet) this.printLines(ids.map((id) => `snapshot ${shortId(id)} is back`))
      return
    }
    const {DEFAULT_GRACE_MS} = await import('../operations/prune-repository.js')
    const forgotten = await withRepository(flags, listForgottenSnapshots)
    const keeping = {graceMs: DEFAULT_GRACE_MS, nowMs: Number(nowNs() / 1_000_000n)}
    if (flags.json) this.printJson('forgotten', {snapshots: forgotten.map((snapshot) => forgottenJson(snapshot, keeping))})
    else this.printLines(forgottenListLines(forgotten, keeping))
  }
}
