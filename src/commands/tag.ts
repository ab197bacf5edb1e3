import {string} from '@oclif/core/flags'
import {optionalSnapshotsArgument} from '../cli/arguments.js'
import {choiceOf, filterFlags, hasFilter} from '../cli/filter-flags.js'
import {repositoryFlags, storeFlags} from '../cli/flags.js'
import {markAndTell} from '../cli/mark-snapshots.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {PocketError} from '../errors.js'

const REPEATED = {multiple: true, multipleNonGreedy: true, helpValue: 'TAG'} as const

export default class Tag extends PocketCommand {
  static override summary = 'change the tags of snapshots'
  static override description =
    `Of those that are named, or of all complete ones that --host, --path and --tag choose. A snapshot whose tags change is stored again, and has
another id then.`
  static override examples = [
    '<%= config.bin %> tag --add before-upgrade latest',
    '<%= config.bin %> tag --host laptop --tag daily --remove daily --add old',
    "<%= config.bin %> tag --set '' 3fa9c2d1",
  ]
  static override args = {snapshots: optionalSnapshotsArgument}
  static override flags = {
    ...repositoryFlags,
    ...storeFlags,
    ...filterFlags,
    set: string({
      ...REPEATED,
      description: "have this tag and no others ('' for none at all); may be repeated",
      exclusive: ['add', 'remove'],
    }),
    add: string({...REPEATED, description: 'have this tag, too; may be repeated'}),
    remove: string({...REPEATED, description: 'have this tag no more; may be repeated'}),
  }

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Tag)
    const {snapshots: references = []} = args
    const {set, add, remove} = flags
    if (set === undefined && add === undefined && remove === undefined) {
      throw new PocketError('usage', 'nothing says which tags', {hint: 'give --set, --add or --remove'})
    }
    if (references.length > 0 === hasFilter(flags)) {
      throw new PocketError(
        'usage',
        references.length > 0 ? 'snapshots are named and chosen by filters, too' : 'nothing says which snapshots',
        {
          hint: "name snapshots as 'pocket list' shows them, or choose them with --host, --path and --tag",
        },
      )
    }
    const {findChosen} = await import('../operations/find-snapshot.js')
    await markAndTell(flags, {
      output: this.output,
      find: (repository) => findChosen(repository, references, choiceOf(flags)),
      marks: {setTags: set?.length === 1 && set[0] === '' ? [] : set, addTags: add, removeTags: remove},
      words: {done: 'has other tags', already: 'has these tags already'},
    })
  }
}
