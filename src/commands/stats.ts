import {repositoryFlags} from '../cli/flags.js'
import {measuring} from '../cli/measuring.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {growthJson, growthLines, statisticsJson, statisticsLines} from '../cli/reporters/statistics.js'

export default class Stats extends PocketCommand {
  static override summary = 'show how much the repository holds and saves, and how it grew'
  static override description =
    `Growth is what the snapshots of each day, week, month or year added, of what is still stored: all trees are read for it.`
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --repository /mnt/disk/pocket --json']
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Stats)
    const {stats, growth} = await measuring(flags, async (repository, options) => {
      const {repositoryStats} = await import('../operations/repository-stats.js')
      const {repositoryGrowth} = await import('../operations/repository-growth.js')
      return {stats: await repositoryStats(repository), growth: await repositoryGrowth(repository, options)}
    })
    if (flags.json) this.printJson('stats', {...statisticsJson(stats), growth: growthJson(growth)})
    else this.printLines([...statisticsLines(stats), ...growthLines(growth)])
  }
}
