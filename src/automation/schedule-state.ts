/** What is known of each schedule on this machine: a small file each, which the schedule needs no journal to run by. */
import {readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {fileError, PocketError, systemCode} from '../errors.js'
import type {History} from '../schedule/reckon.js'
import {replaceDurably} from '../util/durable-file.js'
import type {ProcessIdentity} from '../util/process-identity.js'
import type {RunStatus} from './run-types.js'

export interface ScheduleState extends History {
  /** Of the last run, as long as it is under way; one that is not alive has died. */
  process?: ProcessIdentity
  /** Undefined as long as the last run is under way. */
  lastEndMs?: number
  lastStatus?: RunStatus
  /** When the run before the last one began: what counts if the last one was ended from outside. */
  startBeforeMs?: number
  /** How many runs before the last one were ended from outside, in a row. */
  deaths?: number
  /** Why a run that was due has not begun, and since when. */
  putOff?: {reason: string; sinceMs: number}
}

const VERSION = 1

/** Undefined when nothing is known. Throws `io-failed`, `permission-denied`; what cannot be made sense of is told to `onWarning`, and taken for unknown. */
export async function loadScheduleState(
  stateDirectory: string,
  key: string,
  onWarning: (warning: PocketError) => void,
): Promise<ScheduleState | undefined> {
  const path = pathOf(stateDirectory, key)
  const text = await readText(path)
  if (text === undefined) return undefined
  const state = parseState(text)
  if (state === undefined) {
    onWarning(new PocketError('io-failed', `what was known of the schedule cannot be read: '${path}'`, {hint: 'it is written anew'}))
  }
  return state
}

/** Durable when it resolves. Throws `no-space`, `read-only`, `permission-denied`, `io-failed`. */
export async function saveScheduleState(stateDirectory: string, key: string, state: ScheduleState): Promise<void> {
  const path = pathOf(stateDirectory, key)
  try {
    await replaceDurably(path, `${JSON.stringify({version: VERSION, ...state})}\n`)
  } catch (error) {
    throw fileError(error, `cannot write '${path}'`)
  }
}

/** Throws `permission-denied`, `read-only`, `io-failed`. */
export async function forgetScheduleState(stateDirectory: string, key: string): Promise<void> {
  const path = pathOf(stateDirectory, key)
  try {
    await rm(path, {force: true})
  } catch (error) {
    throw fileError(error, `cannot remove '${path}'`)
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw fileError(error, `cannot read '${path}'`)
  }
}

function parseState(text: string): ScheduleState | undefined {
  try {
    const {version, ...state} = JSON.parse(text) as ScheduleState & {version?: unknown}
    const isTime = (value: unknown): boolean => value === undefined || Number.isSafeInteger(value)
    const times = [state.lastStartMs, state.lastEndMs, state.startBeforeMs, state.deaths]
    return version === VERSION && Number.isSafeInteger(state.firstKnownMs) && times.every(isTime) ? state : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

function pathOf(stateDirectory: string, key: string): string {
  return join(stateDirectory, 'schedules', `${key}.json`)
}
