/** Snapshots that are only announced: docs/repository-format.md, "Removals". */
import {hostname} from 'node:os'
import {systemCode} from '../errors.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'

let ownPid = process.pid

/** What an announcement that this process puts says of it. */
export function thisProcess(): NonNullable<SnapshotRecord['announcedBy']> {
  return {host: hostname(), pid: ownPid}
}

/** For tests: what is announced from now on seems to be by a process of this number, which may be gone. */
export function announceAs(pid = process.pid): void {
  ownPid = pid
}

/**
 * Whether the process that announced it may yet store it: it is alive, or on another machine, of which nothing can be known. Whoever took the
 * announcement away then could have a prune miss what that process counts on.
 */
export function mayBeStored({announcedBy}: Pick<SnapshotRecord, 'announcedBy'>): boolean {
  return announcedBy !== undefined && (announcedBy.host !== hostname() || isAlive(announcedBy.pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Of another user.
    return systemCode(error) !== 'ESRCH'
  }
}
