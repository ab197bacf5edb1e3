import {PocketError} from '../../errors.js'
import {loadConfig} from '../config-file.js'
import {repositoryOf} from '../config/profile-repository.js'
import {isBucketLocation} from '../location.js'
import {findConfigSecret, findSecretSource} from '../secret.js'

/**
 * Throws `usage` when the repository of a profile is opened by what only this shell has: what is started by itself has no such variables.
 * Resolves with what a person should know.
 */
export async function refuseVariables(profile: string, flags: {config?: string}, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const config = await loadConfig(flags.config)
  const about = config && repositoryOf(config, profile)
  if (config === undefined || about === undefined) return []
  const location = about.values.location as string | undefined
  const isBucket = location !== undefined && isBucketLocation(location)
  const hasCredentials = about.values.credentials_file !== undefined || about.values.profile !== undefined
  if (isBucket && !hasCredentials && environment.AWS_ACCESS_KEY_ID) {
    throw refused('AWS_ACCESS_KEY_ID', profile, `write credentials_file or profile into '${config.path}'`)
  }
  if (findConfigSecret(about) !== undefined) return []
  const given = findSecretSource({}, environment)
  if (given !== undefined) {
    throw refused(given.from, profile, `write password_file, password_command or key_file into '${config.path}'`)
  }
  if (location === undefined) return []
  return [
    `nothing in '${config.path}' says what opens the repository: unless it is not encrypted, write password_file, password_command or key_file`,
  ]
}

function refused(variable: string, profile: string, hint: string): PocketError {
  return new PocketError(
    'usage',
    `the repository of profile '${profile}' is opened by ${variable}, which what runs by itself does not have`,
    {hint},
  )
}
