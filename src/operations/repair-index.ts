/** Brings the index in line with the packs that are stored. */
import {type RebuiltIndex, rebuildIndex} from '../engine/rebuild-index.js'
import type {Repository} from '../repository/repository.js'
import {type RepairOptions, RepairReport} from './repair-events.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface RepairIndexOptions extends RepairOptions {
  /** Reads what every pack says of itself, and not only those that no index object names. */
  readAllPacks?: boolean
}

export interface RepairIndexResult extends RebuiltIndex {
  dryRun: boolean
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** Takes in packs that are in no index, drops those that are gone, replaces index objects that cannot be read. Safe beside any other client. */
export async function repairIndex(repository: Repository, options: RepairIndexOptions = {}): Promise<RepairIndexResult> {
  const report = new RepairReport(options)
  const rebuilt = await rebuildIndex(repository, {
    readsAll: options.readAllPacks ?? false,
    isDryRun: options.dryRun ?? false,
    signal: options.signal,
    onDamaged: report.onDamaged,
    onProgress: report.progress('packs'),
  })
  return {...rebuilt, dryRun: options.dryRun ?? false, elapsedMs: report.elapsedMs, ...trafficOf(repository)}
}
