import {string as stringArgument} from '@oclif/core/args'
import {cacheFlags, configFlags, outputFlags} from '../../cli/flags.js'
import {formatSize} from '../../cli/format-quantity.js'
import {findCacheDirectory} from '../../cli/chosen-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'

export default class CacheClear extends PocketCommand {
  static override summary = 'empty the local cache'
  static override examples = ['<%= config.bin %> cache clear']
  static override args = {
    repository: stringArgument({
      description: "only the cache of this repository: its id, as 'pocket cache list --json' shows it",
      ignoreStdin: true,
    }),
  }
  static override flags = {...outputFlags, ...configFlags, ...cacheFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(CacheClear)
    const {clearCache} = await import('../../operations/manage-cache.js')
    const {sizeBytes} = await clearCache({cacheDirectory: await findCacheDirectory(flags), repositoryId: args.repository})
    if (flags.json) this.printJson('cache_cleared', {size_bytes: sizeBytes})
    else if (!flags.quiet) this.output.line(`${formatSize(sizeBytes)} given back`)
  }
}
