/** The restore drill as a step of a profile's run. */
import {hostname} from 'node:os'
import {PocketError} from '../errors.js'
import type {DrillEvent, DrillOptions, DrillResult} from '../operations/drill-events.js'
import type {Profile} from './profile.js'
import type {RunRequest} from './run-types.js'

export interface DrillStepOptions {
  profile: Profile
  stateDirectory: string
  /** What is asked of the drill beside what follows from the profile. */
  drill?: Omit<DrillOptions, 'stateDirectory' | 'exactly' | 'references' | 'signal' | 'onEvent'>
  onEvent?: (event: DrillEvent) => void
  /** Told of each finding, as of those of a check. */
  onWarning?: (warning: PocketError) => void
  onResult?: (result: DrillResult) => void
}

/** Drills the snapshots of the profile's host and just its paths. `failed` counts what is damaged and what is rotten. */
export function drillStep({
  profile,
  stateDirectory,
  drill,
  onEvent,
  onWarning,
  onResult,
}: DrillStepOptions): NonNullable<RunRequest['drill']> {
  return async (repository, signal, note) => {
    const {drillRepository} = await import('../operations/drill-repository.js')
    const {noteDrilled} = await import('../operations/proven-share.js')
    const {paths, workers, host = hostname()} = profile
    const result = await drillRepository(repository, {
      workers,
      ...drill,
      exactly: {host, paths},
      stateDirectory,
      signal,
      onEvent: (event) => {
        const warning = warningOf(event)
        if (warning) {
          note(warning)
          onWarning?.(warning)
        }
        onEvent?.(event)
      },
    })
    await noteDrilled(stateDirectory, profile.name, repository.id)
    onResult?.(result)
    return {files: result.files, bytes: result.bytes, failed: result.damagedObjects + result.damagedPaths + result.rotten}
  }
}

function warningOf(event: DrillEvent): PocketError | undefined {
  if (event.type === 'damaged-object') return new PocketError('damaged-object', event.message, {hint: event.hint})
  if (event.type === 'damaged-path' || event.type === 'rotten')
    return new PocketError('damaged-object', `'${event.path}': ${event.message}`)
  return undefined
}
