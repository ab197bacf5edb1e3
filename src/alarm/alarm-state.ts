/** What has been told of a profile, and what is still to be told: a file a profile. */
import {closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {replaceFile} from '../util/replace-file.js'
import type {AlarmMessage, Ping} from './message.js'
import type {Trouble} from './troubles.js'

export interface PendingMessage {
  /** As of `channelName`. */
  channel: string
  message: AlarmMessage
  attempts: number
}

export interface AlarmState {
  troubles: Trouble[]
  pending: PendingMessage[]
  /** The latest of each channel; an older one would tell what is no longer so. */
  pings: {channel: string; ping: Ping}[]
  /** When the profile was first looked at, in ms since 1970. */
  firstSeenMs?: number
  /** The last run that was found killed. */
  killedRun?: string
  /** The last run that was reported, however it ended. */
  reportedRun?: string
}

/** The file is filled up to so many bytes, or twice, thrice as many: then it can be written again on a disk that is full. */
const PAGE_BYTES = 16 * 1024

/** An empty state where there is none, or one that says nothing. Throws system errors. */
export function loadAlarmState(path: string): AlarmState {
  try {
    const {troubles = [], pending = [], pings = [], ...seen} = JSON.parse(readFileSync(path, 'utf8')) as Partial<AlarmState>
    const {firstSeenMs, killedRun, reportedRun} = seen
    return {
      troubles,
      pending,
      pings,
      ...(firstSeenMs !== undefined && {firstSeenMs}),
      ...(killedRun !== undefined && {killedRun}),
      ...(reportedRun !== undefined && {reportedRun}),
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof TypeError) {
      return {troubles: [], pending: [], pings: []}
    }
    throw error
  }
}

/** Throws system errors. */
export async function saveAlarmState(path: string, state: AlarmState): Promise<void> {
  const text = JSON.stringify(state)
  const length = Buffer.byteLength(text)
  const page = Buffer.alloc(Math.ceil((length + 1) / PAGE_BYTES) * PAGE_BYTES, ' ')
  page.write(`${text}\n`)
  try {
    await replaceFile(path, page)
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '') || !hasRoom(path, page.length)) throw error
    overwrite(path, page)
  }
}

export function alarmStatePath(stateDirectory: string, fileName: string): string {
  return join(stateDirectory, 'alarms', `${fileName}.json`)
}

function hasRoom(path: string, bytes: number): boolean {
  try {
    return statSync(path).size >= bytes
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** What is behind it is of blanks. */
function overwrite(path: string, page: Buffer): void {
  const file = openSync(path, 'r+')
  try {
    const whole = Buffer.alloc(statSync(path).size, ' ')
    page.copy(whole)
    for (let done = 0; done < whole.length; ) done += writeSync(file, whole, done, whole.length - done, done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
