/** A backup program under measurement. Each has one file here, which knows its command line and nothing else. */
import type {Command} from '../command.js'

/** The folders of one tool in one round; all of them empty at its start. */
export interface RunFolders {
  repository: string
  cache: string
  home: string
  temporary: string
}

/** Where a repository in a bucket is, and with what keys. */
export interface BucketPlace {
  /** As a URL, without a bucket. */
  endpoint: string
  region: string
  bucket: string
  prefix: string
  accessKeyId: string
  secretAccessKey: string
}

/** One file of a snapshot that is to be restored alone. */
export interface FileRequest {
  source: string
  /** Relative to the source. */
  path: string
  /** An existing, empty folder. */
  target: string
}

export interface Tool {
  name: string
  version: string
  /** Makes the encrypted repository. Not measured. */
  init(folders: RunFolders): Command
  /** Snapshots `source`; `label` names the snapshot where a tool wants names. */
  snapshot(folders: RunFolders, source: string, label: string): Command
  /** Restores the snapshot of `label`, which is the newest one, into the existing, empty folder `target`. */
  restore(folders: RunFolders, target: string, label: string): Command
  /** Where `restore` puts what came from `source`. */
  restoredPath(target: string, source: string): string
  /** What to call the repository, in place of a folder, and what the environment must say beside it; undefined for a tool that knows no buckets. */
  inBucket?: (place: BucketPlace) => {location: string; environment: Record<string, string>}
  /** Restoring one file out of the newest snapshot, and where it then is. */
  lifecycle?: LifecycleCommands
  file?: {
    restore(folders: RunFolders, file: FileRequest): Command
    restoredPath(file: FileRequest): string
  }
}

/** What is done with a repository after the first snapshot. */
export interface LifecycleCommands {
  /** A snapshot that is dated `time`. */
  snapshotAt(folders: RunFolders, snapshot: {source: string; label: string; time: Date}): Command
  list(folders: RunFolders): Command
  /** Forgets by the policy of bench/workloads/lifecycle.ts. */
  forget(folders: RunFolders): Command
  /** Gives back the space of what was forgotten. */
  prune(folders: RunFolders): Command
  /** The check that the tool makes unless told otherwise. */
  check(folders: RunFolders): Command
}

/** How many snapshots stay, for the tools that call their flags the same. */
export const KEEP = ['--keep-last', '10', '--keep-daily', '30', '--keep-weekly', '12', '--keep-monthly', '12']

/** `2026-03-01 12:00:00` */
export function plainTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ')
}

/** Any password: all tools are given one, so that all of them encrypt. */
export const PASSWORD = 'correct horse battery staple'

/** The smallest environment that programs need, so that no setting of this machine's user leaks into a measurement. */
export function plainEnvironment({home, temporary}: RunFolders): Record<string, string> {
  return {PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: home, TMPDIR: temporary, LC_ALL: 'C.UTF-8'}
}
