/** A scheduler that is given one file, by workers that answer as a test says. */
import {dirname} from 'node:path'
import type {ExecutionContext} from 'ava'
import {DirectoryBuilder} from '../../src/engine/directory-builder.js'
import {FileScheduler, type SnapshotPool} from '../../src/engine/file-scheduler.js'
import type {SnapshotJob} from '../../src/engine/messages.js'
import type {SnapshotEvent} from '../../src/engine/snapshot-events.js'
import {SnapshotTally} from '../../src/engine/snapshot-tally.js'
import {statEntry} from '../../src/filesystem/scan.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {toByteString} from '../../src/util/bytes.js'

export interface ScheduleOptions {
  /** The file. */
  path: string
  largeFileBytes: number
  /** What a worker says to each job; `job` is added. */
  answer: (job: SnapshotJob) => object
  backpressure?: () => Promise<void>
}

/** Schedules the file until it has settled: its directory, how it was listed, what was counted, and the types of the events. */
export async function scheduleFile(t: ExecutionContext, {path, largeFileBytes, answer, backpressure = async () => {}}: ScheduleOptions) {
  const pool = {ready: async () => {}, run: async (job: SnapshotJob) => answer(job)} as unknown as SnapshotPool
  const events: SnapshotEvent[] = []
  const tally = new SnapshotTally()
  const scheduler = new FileScheduler({
    pool,
    tally,
    save: () => t.fail(),
    emit: (event) => events.push(event),
    backpressure,
    complete: () => {},
    largeFileBytes,
  })
  const directory = new DirectoryBuilder(toByteString(dirname(path)), 1)
  const listed = statEntry(toByteString(path))
  const entry = directory.add(toByteString('file'), ENTRY_TYPE.file, listed)
  await scheduler.add({directory, entry, path: toByteString(path), stats: listed, counted: 'new'})
  await scheduler.settle()
  return {directory, listed, tally, events: events.map(({type}) => type)}
}
