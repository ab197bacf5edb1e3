/** When steps of a profile were last done on this machine, so that it is known when they are due. */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {fileNameOf} from '../journal/run-record.js'
import {replaceFile} from '../util/replace-file.js'

export type DueStep = 'prune' | 'check' | 'drill'

/** When the last one of each that succeeded began, in ms since 1970. */
export type DoneSteps = Partial<Record<DueStep, number>>

/** Nothing when the file is not there, or says nothing. Throws system errors. */
export async function readDoneSteps(stateDirectory: string, profile: string): Promise<DoneSteps> {
  try {
    const value = JSON.parse(await readFile(pathOf(stateDirectory, profile), 'utf8')) as DoneSteps | null
    const times = Object.entries(value ?? {}).filter(([, atMs]) => Number.isFinite(atMs))
    return Object.fromEntries(times)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return {}
    throw error
  }
}

/** Throws system errors. */
export async function noteDoneStep(stateDirectory: string, profile: string, step: DueStep, beganMs: number): Promise<void> {
  const done = await readDoneSteps(stateDirectory, profile)
  await replaceFile(pathOf(stateDirectory, profile), JSON.stringify({...done, [step]: beganMs}))
}

/** When it is due next, in ms since 1970; one that was never done is due at once, and so is one that was done in the future by a clock that was wrong. */
export function dueAtMs(lastMs: number | undefined, everyMs: number, nowMs: number): number {
  return lastMs === undefined || lastMs > nowMs ? nowMs : lastMs + everyMs
}

function pathOf(stateDirectory: string, profile: string): string {
  return join(stateDirectory, 'done', `${fileNameOf(profile)}.json`)
}
