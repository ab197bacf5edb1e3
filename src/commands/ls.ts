import {boolean} from '@oclif/core/flags'
import {referenceArgument} from '../cli/arguments.js'
import {repositoryFlags} from '../cli/flags.js'
import {jsonObjectWithList} from '../cli/json-output.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {entryJson, LongListing, shortLine} from '../cli/reporters/entry-list.js'
import {linesOf, mapItems, writePieces} from '../cli/stream-lines.js'

export default class Ls extends PocketCommand {
  static override summary = 'list the files of a snapshot'
  static override examples = ['<%= config.bin %> ls latest', '<%= config.bin %> ls --long --recursive 3fa9c2d1:projects/site']
  static override args = {
    reference: referenceArgument,
  }
  static override flags = {
    ...repositoryFlags,
    long: boolean({char: 'l', description: 'show mode, owner, size and time as well'}),
    recursive: boolean({char: 'R', description: 'list directories below as well'}),
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Ls)
    const {listEntries} = await import('../operations/list-entries.js')
    await withRepository(flags, async (repository) => {
      const entries = listEntries(repository, {reference: args.reference, recursive: flags.recursive})
      const listing = new LongListing()
      const pieces = flags.json
        ? jsonObjectWithList({type: 'entries', fields: {reference: args.reference}, list: 'entries'}, mapItems(entries, entryJson))
        : linesOf(entries, (entry) => (flags.long ? listing.line(entry) : shortLine(entry)))
      await writePieces(this.output, pieces)
    })
  }
}
