import {priceFlags, repositoryFlags} from '../cli/flags.js'
import {jsonObjectWithList} from '../cli/json-output.js'
import {withRepository} from '../cli/open-repository.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {choosePrices} from '../cli/prices.js'
import {objectJson, objectLine, objectTotalsJson, objectTotalsLines} from '../cli/reporters/object-list.js'
import {linesOf, mapItems, withReturnValue, writePieces} from '../cli/stream-lines.js'

export default class Objects extends PocketCommand {
  static override summary = 'list what the repository is made of'
  static override description =
    `Each object with its kind, size, age and name, then totals by kind; where prices are known, what keeping them costs.
An unindexed pack is being stored at this moment, or was when a run was broken off. What is none of Pocket's is called other.`
  static override examples = ['<%= config.bin %> objects', '<%= config.bin %> objects --repository s3://my-bucket/pocket --json']
  static override flags = {...repositoryFlags, ...priceFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Objects)
    const prices = await choosePrices(flags)
    const {listObjects} = await import('../operations/list-objects.js')
    await withRepository(flags, async (repository) => {
      const objects = withReturnValue(listObjects(repository))
      const {endpoint} = repository.backend
      if (flags.json) {
        const opening = {type: 'objects', fields: {location: repository.location}, list: 'objects'}
        const totals = () => objectTotalsJson(objects.value(), endpoint, prices)
        return writePieces(this.output, jsonObjectWithList(opening, mapItems(objects.items, objectJson), totals))
      }
      const nowMs = Date.now()
      await writePieces(
        this.output,
        linesOf(objects.items, (object) => objectLine(object, nowMs)),
      )
      if (!flags.quiet) this.printLines(['', ...objectTotalsLines(objects.value(), endpoint, prices)])
    })
  }
}
