import {repositoryFlags} from '../cli/flags.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {statisticsJson, statisticsLines} from '../cli/reporters/statistics.js'

export default class Stats extends PocketCommand {
  static override summary = 'show how much the repository holds and saves'
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --repository /mnt/disk/pocket --json']
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Stats)
    const {repositoryStats} = await import('../operations/repository-stats.js')
    const stats = await withRepository(flags, repositoryStats)
    if (flags.json) this.printJson('stats', statisticsJson(stats))
    else this.printLines(statisticsLines(stats))
  }
}
