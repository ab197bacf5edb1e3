/** A run of a profile, with what only the command line knows of it: where its state lies, what opens its repository, what is secret, where metrics go. */
import type {RunOutcome, RunRequest} from '../automation/run-types.js'
import {isPocketError, type PocketError} from '../errors.js'
import {readStart} from '../util/read-start.js'
import {allProfiles} from './chosen-profile.js'
import {chooseRepository} from './chosen-repository.js'
import {loadConfig} from './config-file.js'
import type {RepositoryFlags} from './flags.js'
import {withRepository} from './open-repository.js'
import {stateDirectory} from './places.js'
import {findSetting} from './settings.js'

/** As much of a file as may hold a secret. */
const MOST_BYTES = 64 * 1024

export interface ProfileRunner {
  /** Those of the command, with `use-profile`. */
  flags: RepositoryFlags
  /** Takes progress off the terminal before a line is written. */
  clear?: () => void
  onWarning: (warning: PocketError) => void
}

/** Throws only what is wrong in the config file: everything else is in the outcome. */
export async function runOfProfile(
  request: Omit<RunRequest, 'stateDirectory' | 'withRepository' | 'onWarning' | 'secrets'> & Partial<Pick<RunRequest, 'withRepository'>>,
  {flags, clear, onWarning}: ProfileRunner,
): Promise<RunOutcome> {
  const {runProfile} = await import('../automation/run-profile.js')
  const outcome = await runProfile({
    stateDirectory: stateDirectory(),
    withRepository: (use, opening) => withRepository(flags, use, {...opening, clear}),
    secrets: await secretsInFiles(flags),
    onWarning,
    ...request,
  })
  try {
    await writeConfiguredMetrics(flags)
  } catch (error) {
    if (!isPocketError(error)) throw error
    onWarning(error)
  }
  return outcome
}

/** Into the file that `metrics_file` in `[status]` names, of all profiles. */
async function writeConfiguredMetrics(flags: {config?: string}): Promise<void> {
  const config = await loadConfig(flags.config)
  const path = config?.status.metrics_file
  if (typeof path !== 'string') return
  const profiles = await allProfiles(flags)
  const {writeMetrics} = await import('../automation/write-metrics.js')
  await writeMetrics(
    path,
    profiles.map(({profile}) => profile),
    {stateDirectory: stateDirectory()},
  )
}

/** What the files hold that open the repository: none of it may come into a journal. What cannot be read is told when it is needed. */
async function secretsInFiles(flags: RepositoryFlags): Promise<string[]> {
  const {secret, settings} = await chooseRepository(flags)
  const credentials = findSetting('credentials-file', settings)?.value
  const paths = [secret !== undefined && 'path' in secret ? secret.path : undefined, credentials]
  const texts = await Promise.all(paths.map((path) => textOf(path)))
  return texts.flatMap((text) => text.split(/\r?\n/).map((line) => line.replace(/^\w+=/, '').trim())).filter((line) => line !== '')
}

async function textOf(path: unknown): Promise<string> {
  if (typeof path !== 'string') return ''
  try {
    return (await readStart(path, MOST_BYTES)).toString('utf8')
  } catch {
    return ''
  }
}
