/** Where credentials for buckets could come from, by name only: nothing here reads a key. */
import {readFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {fileError, systemCode} from '../errors.js'

export interface CredentialsPlace {
  /** For people: `profile work of ~/.aws/config`. */
  name: string
  description?: string
  /** What names it; undefined where the SDK finds it by itself. */
  profile?: string
}

/** What a machine offers, in the order in which tools of Amazon look. Throws `permission-denied`, `io-failed` for files that cannot be read. */
export async function findCredentials(environment: NodeJS.ProcessEnv): Promise<CredentialsPlace[]> {
  const places: CredentialsPlace[] = []
  if (environment.AWS_ACCESS_KEY_ID && environment.AWS_SECRET_ACCESS_KEY) {
    places.push({
      name: 'the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      description: 'they are written nowhere, so the variables must be set whenever pocket runs',
    })
  } else {
    if (environment.AWS_WEB_IDENTITY_TOKEN_FILE) places.push({name: 'the web identity that AWS_WEB_IDENTITY_TOKEN_FILE names'})
    if (environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || environment.AWS_CONTAINER_CREDENTIALS_FULL_URI) {
      places.push({name: 'the role of this container'})
    }
  }
  const profiles = new Map<string, string>()
  for (const [variable, file] of [
    ['AWS_SHARED_CREDENTIALS_FILE', 'credentials'],
    ['AWS_CONFIG_FILE', 'config'],
  ]) {
    const path = environment[variable] || join(homedir(), '.aws', file)
    for (const profile of await profilesOf(path)) if (!profiles.has(profile)) profiles.set(profile, path)
  }
  for (const [profile, path] of profiles) places.push({name: `profile '${profile}' of ${path}`, profile})
  return places
}

/** `[work]` in the one file, `[profile work]` in the other; the other sections of the latter are no profiles. */
async function profilesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return ''
    throw fileError(error, `cannot read '${path}'`)
  })
  const sections = [...text.matchAll(/^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/gm)].map(([, name]) => name.replace(/^(['"])(.*)\1$/, '$2'))
  return sections.filter((name) => !/^(sso-session|services)\s/.test(name))
}
