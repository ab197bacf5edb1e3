/**
 * The journal: what every run of a profile did, a file a run. This folder writes and reads these files; it knows no repositories, and does
 * not say what a run is to do.
 *
 * A file is lines of JSON. The first is the start. The second is blank until the end is written into it, so that there is room for the end on a disk that
 * has become full. What follows are events.
 */
import {join} from 'node:path'
import type {ProcessIdentity} from '../util/process-identity.js'
import type {RunState, RunStatus, RunStep, RunTrigger} from './run-words.js'

export interface RunStart {
  /** A UUID. */
  id: string
  profile: string
  trigger: RunTrigger
  schedule?: string
  steps: readonly RunStep[]
  /** In ms since 1970. */
  startedMs: number
  process: ProcessIdentity
  program: string
}

export interface RunError {
  code: string
  message: string
  hint?: string
}

/** What a run stored. */
export interface RunSnapshot {
  /** Absent where nothing had changed, so that none was stored. */
  id?: string
  isUnchanged?: true
  parent?: string
  files: number
  newFiles: number
  changedFiles: number
  /** Of the parent, that are no longer there. */
  deletedFiles?: number
  bytes: number
  /** Of all that the parent had. */
  parentFiles?: number
  parentBytes?: number
  bytesRead: number
  bytesAdded: number
  bytesStored: number
  /** Of those added, the ones in frames that could not be compressed. */
  bytesHighEntropy?: number
  unreadable: number
}

export interface RunStepEnd {
  step: RunStep
  /** `not-due`, `skipped`: not begun; the latter because of what went wrong before it. */
  outcome: 'done' | 'damaged' | 'failed' | 'not-due' | 'skipped'
  elapsedMs: number
}

export interface RunEnd {
  status: RunStatus
  endedMs: number
  elapsedMs: number
  steps: RunStepEnd[]
  errors: number
  warnings: number
  snapshot?: RunSnapshot
  error?: RunError
  /** Events that could not be written. */
  lostEvents?: number
}

/** Where something went wrong: in a step, in a hook, or while the repository was opened or closed. */
export type RunPart = RunStep | 'hooks' | 'repository'

export type RunEvent =
  | {type: 'step-begun'; step: RunStep}
  | ({type: 'step-ended'; counts?: Record<string, number | string | boolean>} & RunStepEnd)
  | {type: 'hook-begun'; hook: string; command: string}
  /** `exitCode` is undefined when a signal ended it. */
  | {type: 'hook-ended'; hook: string; exitCode?: number; isTimedOut?: true; elapsedMs: number; leftOutBytes?: number}
  | {type: 'output'; hook: string; line: string}
  | {type: 'unreadable'; path: string; code: string; message: string}
  | ({type: 'warning' | 'error'; part?: RunPart} & RunError)
  | {type: 'odd'; message: string; pinned?: string}
  | {type: 'alarm'; channel: string; place: string; occasion: string; isDelivered: boolean; message?: string}
  | {type: 'note'; message: string}

export type TimedRunEvent = RunEvent & {atMs: number}

/** A run as the journal tells it. */
export interface RunRecord extends RunStart {
  state: RunState
  end?: RunEnd
  /** Of its file. */
  path: string
}

/** The bytes of the first line, and of the second, with the line break. */
export const START_BYTES = 2048
export const END_BYTES = 2048

/** The folder of the journals of `profile`. */
export function runsFolder(stateDirectory: string, profile: string): string {
  return join(stateDirectory, 'runs', fileNameOf(profile))
}

/** What says that a run of `profile` is at work. */
export function runLockPath(stateDirectory: string, profile: string): string {
  return join(stateDirectory, 'running', `${fileNameOf(profile)}.json`)
}

/** `name` as the name of a file, on every system. */
export function fileNameOf(name: string): string {
  return encodeURIComponent(name).replace(/[.*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Sorts as the start does. */
export function runFileName({startedMs, id}: Pick<RunStart, 'startedMs' | 'id'>): string {
  return `${new Date(startedMs).toISOString().replace(/[-:.]/g, '')}-${id}.jsonl`
}
