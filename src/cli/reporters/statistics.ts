/** The figures of a repository as a table and as JSON. */
import type {RepositoryGrowth} from '../../operations/repository-growth.js'
import type {RepositoryStats} from '../../operations/repository-stats.js'
import {formatCount, formatSize} from '../format-quantity.js'
import type {JsonFields} from '../json-output.js'
import {formatTable} from '../table.js'

export function statisticsLines(stats: RepositoryStats): string[] {
  const {ratios} = stats
  const rows = [
    ['snapshots', formatCount(stats.snapshots), ''],
    ['files', formatCount(stats.files), 'in all snapshots together'],
    ['restorable', formatSize(stats.bytes), 'sum of all snapshots'],
    ['deduplicated', formatSize(stats.uniqueBytes), `${formatCount(stats.chunks)} chunks`],
    ['stored', formatSize(stats.storedBytes), `${formatCount(stats.packs)} packs, ${formatCount(stats.objects)} objects`],
    ['ratio', ratios.total.toFixed(2), `deduplication ${ratios.deduplication.toFixed(2)}, compression ${ratios.compression.toFixed(2)}`],
  ]
  return formatTable([{title: ''}, {title: '', align: 'right'}, {title: ''}], rows).slice(1)
}

export function statisticsJson(stats: RepositoryStats): JsonFields {
  return {
    snapshots: stats.snapshots,
    files: stats.files,
    bytes: stats.bytes,
    chunks: stats.chunks,
    unique_bytes: stats.uniqueBytes,
    stored_bytes: stats.storedBytes,
    packs: stats.packs,
    objects: stats.objects,
    ratios: {deduplication: stats.ratios.deduplication, compression: stats.ratios.compression, total: stats.ratios.total},
  }
}

const PERIODS = {day: 'Day', week: 'Week', month: 'Month', year: 'Year'} as const

/** Behind the figures, with a blank line before; nothing for a repository without snapshots. */
export function growthLines({period, periods}: RepositoryGrowth): string[] {
  if (periods.length === 0) return []
  const rows = periods.map(({name, snapshots, addedBytes, totalBytes}) => [
    name,
    formatCount(snapshots),
    formatSize(addedBytes),
    formatSize(totalBytes),
  ])
  const columns = [{title: PERIODS[period]}, ...['Snapshots', 'Added', 'Total'].map((title) => ({title, align: 'right' as const}))]
  return ['', ...formatTable(columns, rows)]
}

export function growthJson({period, periods}: RepositoryGrowth): JsonFields {
  return {
    period,
    periods: periods.map(({name, snapshots, addedBytes, totalBytes}) => ({
      name,
      snapshots,
      added_bytes: addedBytes,
      total_bytes: totalBytes,
    })),
  }
}
