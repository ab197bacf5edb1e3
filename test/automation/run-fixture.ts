/** Profiles and runs of a test's own, on a repository of its own. */
import {mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {AlarmSettings, Hook, Hooks, Profile} from '../../src/automation/profile.js'
import {runProfile} from '../../src/automation/run-profile.js'
import type {RunOutcome, RunRequest, RunStep} from '../../src/automation/run-types.js'
import {readEvents, readRuns} from '../../src/journal/read-runs.js'
import type {RunRecord, TimedRunEvent} from '../../src/journal/run-record.js'
import {createPlace, type Place, WORKERS, withRepository} from '../operations/repository-place.js'

const DAY_MS = 24 * 60 * 60_000

export interface RunPlace extends Place {
  stateDirectory: string
  profile: Profile
  run(changes?: Partial<RunRequest>): Promise<RunOutcome>
  /** Newest first. */
  runs(): RunRecord[]
  events(): TimedRunEvent[]
  /** Everything that the state folder holds, as text. */
  state(path: string): string
}

export const NO_ALARMS: AlarmSettings = {on: ['failure', 'silence', 'odd'], repeatMs: DAY_MS, silenceMs: undefined, channels: []}

export async function createRunPlace(t: ExecutionContext, changes: Partial<Profile> = {}): Promise<RunPlace> {
  const place = await createPlace(t)
  const stateDirectory = join(place.folder, 'state')
  mkdirSync(stateDirectory)
  const profile = profileOf({paths: [place.source], ...changes})
  const runs = (): RunRecord[] => [...readRuns(stateDirectory, profile.name)]
  return {
    ...place,
    stateDirectory,
    profile,
    runs,
    events: () => readEvents(runs()[0]),
    run: (request = {}) => runProfile(requestOf(place, {profile, stateDirectory, ...request})),
    state: (path) => readFileSync(join(stateDirectory, path), 'utf8'),
  }
}

export function requestOf(place: Place, changes: Partial<RunRequest> & Pick<RunRequest, 'profile' | 'stateDirectory'>): RunRequest {
  return {
    trigger: 'schedule',
    steps: new Set<RunStep>(['snapshot', 'forget', 'prune', 'check']),
    withRepository: (use, {onWarning}) => withRepository(place, use, onWarning),
    ...changes,
  }
}

export function profileOf(changes: Partial<Profile> & Pick<Profile, 'paths'>): Profile {
  return {
    name: 'home',
    excludes: [],
    tags: [],
    host: undefined,
    compression: 'fastest',
    workers: WORKERS,
    retention: undefined,
    prune: undefined,
    check: undefined,
    hooks: hooksOf({}),
    alarms: NO_ALARMS,
    schedules: [],
    watch: {quietMs: 1000, longestWaitMs: 10_000, fullWalkMs: DAY_MS},
    ...changes,
  }
}

export function hooksOf(hooks: Partial<Record<keyof Hooks, string | Hook>>): Hooks {
  const list = (hook: string | Hook | undefined): Hook[] => {
    if (hook === undefined) return []
    return [typeof hook === 'string' ? {command: hook, timeoutMs: 60_000} : hook]
  }
  return {before: list(hooks.before), after: list(hooks.after), onFailure: list(hooks.onFailure), finally: list(hooks.finally)}
}
