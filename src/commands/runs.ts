import {string as stringArgument} from '@oclif/core/args'
import {integer, string} from '@oclif/core/flags'
import {showsUnicode} from '../cli/bar-chart.js'
import {outputFlags} from '../cli/flags.js'
import {stateDirectory} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {eventJson, runJson, runLines, runListLines} from '../cli/reporters/run-list.js'

const DEFAULT_LAST = 30
const DEFAULT_COLUMNS = 80

export default class Runs extends PocketCommand {
  static override summary = 'show the runs of profiles, or one with its log'
  static override description =
    `Oldest first, with a chart of what each added and how long it took; '!' marks those that did not go well. 'killed' is a run that has no end and whose process is gone.`
  static override examples = [
    '<%= config.bin %> runs',
    '<%= config.bin %> runs --use-profile home --last 100',
    '<%= config.bin %> runs 3fa9c2d1',
  ]
  static override args = {
    run: stringArgument({description: 'the id of a run, or the beginning of one'}),
  }
  static override flags = {
    ...outputFlags,
    'use-profile': string({char: 'P', description: 'only those of this profile', helpValue: 'NAME'}),
    last: integer({description: `only the last so many [default: ${DEFAULT_LAST}]`, min: 1, helpValue: 'COUNT'}),
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Runs)
    const {findRun, latestRuns, profilesWithRuns, readEvents} = await import('../journal/read-runs.js')
    const state = stateDirectory()
    if (args.run !== undefined) {
      const run = findRun(state, args.run)
      const events = readEvents(run)
      if (flags.json) this.printJson('run', {...runJson(run), events: events.map(eventJson)})
      else this.printLines(runLines(run, events))
      return
    }
    const profiles = flags['use-profile'] === undefined ? profilesWithRuns(state) : [flags['use-profile']]
    const runs = latestRuns(state, profiles, flags.last ?? DEFAULT_LAST)
    if (flags.json) this.printJson('runs', {runs: runs.toReversed().map(runJson)})
    else this.printLines(runListLines(runs, {columns: process.stdout.columns ?? DEFAULT_COLUMNS, isUnicode: showsUnicode()}))
  }
}
