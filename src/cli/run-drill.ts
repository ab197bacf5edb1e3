/** `pocket drill`: of a repository, or of a profile, in whose journal it is then. */
import type {Profile} from '../automation/profile.js'
import {PocketError} from '../errors.js'
import type {DrillEvent, DrillOptions, DrillResult} from '../operations/drill-events.js'
import type {RepositoryFlags} from './flags.js'
import {withRepository} from './open-repository.js'
import type {Output} from './output.js'
import {stateDirectory} from './places.js'
import {reportWarning} from './report-error.js'

export interface DrillJob {
  flags: RepositoryFlags
  options: Omit<DrillOptions, 'stateDirectory' | 'signal' | 'onEvent' | 'exactly'>
  /** Of whose snapshots it is; all those of the repository, or the references of the options, unless given. */
  profile: Profile | undefined
  errorOutput: Output
  onEvent: (event: DrillEvent) => void
  /** Takes away what a terminal shows for the moment. */
  clear: () => void
}

/** Throws what `drillRepository` throws, and `profile-busy`. */
export async function runDrill(job: DrillJob, signal: AbortSignal): Promise<DrillResult> {
  const {flags, options, profile, onEvent, clear} = job
  if (profile) return drillOfProfile(job, profile, signal)
  const drill = {...options, stateDirectory: stateDirectory(), signal, onEvent}
  const {drillRepository} = await import('../operations/drill-repository.js')
  return withRepository(flags, (repository) => drillRepository(repository, drill), {signal, clear})
}

async function drillOfProfile(job: DrillJob, profile: Profile, signal: AbortSignal): Promise<DrillResult> {
  const {flags, options, errorOutput, onEvent, clear} = job
  const {runOfProfile} = await import('./run-of-profile.js')
  const {drillStep} = await import('../automation/drill-step.js')
  const {references: _references, ...drill} = options
  let result: DrillResult | undefined
  const step = drillStep({profile, stateDirectory: stateDirectory(), drill, onEvent, onResult: (one) => (result = one)})
  const outcome = await runOfProfile(
    {profile, trigger: 'manual', steps: new Set(['drill'] as const), drill: step, signal},
    {
      flags: {...flags, 'use-profile': profile.name},
      clear,
      onWarning: (warning) => {
        clear()
        errorOutput.line(reportWarning(warning, flags))
      },
    },
  )
  if (outcome.error !== undefined) throw outcome.error
  if (result === undefined) throw new PocketError('profile-busy', `another run of profile '${profile.name}' is at work`)
  return result
}
