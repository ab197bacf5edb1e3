import {cacheFlags, configFlags, outputFlags} from '../../cli/flags.js'
import {formatCount, formatSize} from '../../cli/format-quantity.js'
import {formatExactTime, formatLocalTime} from '../../cli/format-time.js'
import {findCacheDirectory} from '../../cli/chosen-repository.js'
import {PocketCommand} from '../../cli/pocket-command.js'
import {printable} from '../../cli/printable.js'
import {formatTable} from '../../cli/table.js'
import type {CacheInfo} from '../../operations/manage-cache.js'

export default class CacheList extends PocketCommand {
  static override summary = 'show what is kept locally to be faster'
  static override description = 'The cache may be deleted at any time; it is filled again.'
  static override examples = ['<%= config.bin %> cache list']
  static override flags = {...outputFlags, ...configFlags, ...cacheFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(CacheList)
    const {cacheInfo} = await import('../../operations/manage-cache.js')
    const info = await cacheInfo({cacheDirectory: await findCacheDirectory(flags)})
    if (flags.json) this.printJson('cache', cacheJson(info))
    else this.printLines(cacheLines(info))
  }
}

function cacheLines({directory, repositories, sizeBytes}: CacheInfo): string[] {
  const place = `${formatSize(sizeBytes)} in ${printable(directory)}`
  if (repositories.length === 0) return [place]
  const rows = repositories.map(({id, files, sizeBytes: size, lastUsedMs}) => [
    id.slice(0, 8),
    formatLocalTime(nsOf(lastUsedMs)),
    formatCount(files),
    formatSize(size),
  ])
  const columns = [{title: 'Repository'}, {title: 'Last used'}, {title: 'Files', align: 'right'}, {title: 'Size', align: 'right'}] as const
  return [...formatTable(columns, rows), '', place]
}

function cacheJson({directory, repositories, sizeBytes}: CacheInfo) {
  return {
    directory,
    size_bytes: sizeBytes,
    repositories: repositories.map(({id, files, sizeBytes: size, lastUsedMs}) => ({
      repository_id: id,
      files,
      size_bytes: size,
      last_used: formatExactTime(nsOf(lastUsedMs)),
    })),
  }
}

function nsOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n
}
