/** What another program may import; the command line is built on nothing else. */
export {type ErrorCode, isPocketError, PocketError} from './errors.js'
export {type ObjectId, shortId} from './id.js'
export type {CompressionName} from './compression/levels.js'
export type {SnapshotEvent, SnapshotProgress} from './engine/snapshot-events.js'
export type {RestoreEvent, RestoreProgress} from './engine/restore-events.js'
export type {SnapshotSummary} from './format/snapshot-record.js'
export type {Totals} from './format/totals.js'
export type {EntryInfo, EntryKind} from './operations/entry-info.js'
export {type CheckEvent, type CheckOptions, checkRepository, type CheckResult, type DataSubset} from './operations/check-repository.js'
export {type DrillEvent, type DrillOptions, drillRepository, type DrillResult} from './operations/drill-repository.js'
export {type Change, type DiffOptions, diffSnapshots, type DiffTotals} from './operations/diff-snapshots.js'
export {generateKeyFile, readKeyFile} from './operations/key-file.js'
export {type BucketInfo, listBuckets} from './operations/list-buckets.js'
export {listEntries, type ListEntriesOptions} from './operations/list-entries.js'
export {listObjects, type ObjectInfo, type ObjectKind, type ObjectTotals} from './operations/list-objects.js'
export {type ListOptions, listSnapshots, resolveSnapshot, type SnapshotInfo} from './operations/list-snapshots.js'
export {type CacheInfo, cacheInfo, clearCache} from './operations/manage-cache.js'
export {addKey, changeKey, type KeyInfo, listKeys, removeKey} from './operations/manage-keys.js'
export {
  type InitOptions,
  initRepository,
  type InitResult,
  openRepository,
  type OpenRepositoryOptions,
  type Repository,
  type Secret,
} from './operations/open-repository.js'
export {type Cost, costOf, parsePriceTable, type PriceTable, publishedPrices, storageCostOf, type Traffic} from './operations/prices.js'
export type {Reach, Retry, S3Options} from './operations/reach.js'
export {measureSnapshots, type MeasureOptions, type SnapshotSizes} from './operations/measure-snapshots.js'
export {repositoryGrowth, type RepositoryGrowth} from './operations/repository-growth.js'
export {readFile} from './operations/read-file.js'
export {type RepositoryStats, repositoryStats} from './operations/repository-stats.js'
export type {RepairEvent, RepairOptions} from './operations/repair-events.js'
export {repairFrom, type RepairFromResult} from './operations/repair-from.js'
export {repairIndex, type RepairIndexOptions, type RepairIndexResult} from './operations/repair-index.js'
export {repairPacks, type RepairPacksOptions, type RepairPacksResult} from './operations/repair-packs.js'
export {repairSnapshots, type RepairSnapshotsOptions, type RepairSnapshotsResult} from './operations/repair-snapshots.js'
export {type RestoreResult, restoreSnapshot, type RestoreSnapshotOptions} from './operations/restore-snapshot.js'
export {
  type ReviewCounts,
  type ReviewedChange,
  type ReviewOptions,
  reviewSnapshot,
  type SnapshotReview,
} from './operations/review-snapshot.js'
export {type StorageTest, type StorageTestOptions, type StorageTestStep, testStorage} from './operations/test-storage.js'
export {SnapshotMemory, type SnapshotOptions, type SnapshotResult, takeSnapshot} from './operations/take-snapshot.js'
export {
  type ForgetDecision,
  type ForgetGroup,
  type ForgetPlan,
  type ForgetRequest,
  type ForgetSizes,
  measureForget,
  planByName,
  planByPolicy,
} from './operations/plan-forget.js'
export {forgetAll, type Forgotten} from './operations/forget-snapshots.js'
export {findSnapshots, type FoundSnapshot, type SnapshotChoice} from './operations/find-snapshot.js'
export {type MarkOptions, markSnapshots, type Renamed, type SnapshotMarks} from './operations/mark-snapshots.js'
export type {CopyEvent, CopyOptions, CopyResult} from './operations/copy-events.js'
export {copySnapshots} from './operations/copy-snapshots.js'
export {type PruneCounts, pruneRepository, type PruneEvent, type PruneOptions, type PruneResult} from './operations/prune-repository.js'
export {type ForgottenInfo, listForgottenSnapshots, undeleteSnapshots} from './operations/undelete-snapshots.js'
