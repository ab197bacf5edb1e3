/** From flags and environment to an open repository. */
import {isPocketError, PocketError} from '../errors.js'
import type {OpenRepositoryOptions, Repository} from '../operations/open-repository.js'
import {
  embeddedRepositoryExists,
  embeddedSecretSource,
  type MadeRepository,
  makeEmbeddedRepository,
  noRepository,
} from './embedded-repository.js'
import type {RepositoryFlags} from './flags.js'
import {defaultCacheDirectory, embeddedPlaces} from './places.js'
import {standardError} from './output.js'
import {reportWarning} from './report-error.js'
import {askSecret, findSecretSource, readSecret, type SecretSource} from './secret.js'

const ATTEMPTS = 3

/**
 * Opens the repository that `flags` name, or the embedded one, hands it to `use` and closes it whatever happens. Throws
 * `repository-missing` when none is named and the embedded one has not been made, and what `openRepository` throws.
 */
export async function withRepository<Result>(flags: RepositoryFlags, use: (repository: Repository) => Promise<Result>): Promise<Result> {
  const repository = await openNamedRepository(flags)
  try {
    return await use(repository)
  } finally {
    await repository.close()
  }
}

/**
 * For the first snapshot of all: makes the embedded repository when none is named and none is there; says what it made. `check` is called before,
 * and throws when there will be nothing to store.
 */
export async function makeFirstRepository(flags: RepositoryFlags, check: () => void): Promise<MadeRepository | undefined> {
  if (flags.repository || (await embeddedRepositoryExists())) return undefined
  check()
  return makeEmbeddedRepository(findSecretSource(flags, process.env))
}

async function openNamedRepository(flags: RepositoryFlags): Promise<Repository> {
  const opening: Opening = {
    location: await findLocation(flags.repository),
    cacheDirectory: flags['no-cache'] ? undefined : cacheDirectoryOf(flags),
    onWarning: (warning) => standardError.line(reportWarning(warning, flags)),
  }
  const source = await findSource(flags)
  if (source !== undefined) return openWith(opening, source)
  return flags.repository ? openAsking(opening) : openEmbeddedAsking(opening)
}

/** The embedded repository's key file is not there: it was made under a password, or the file is lost. */
async function openEmbeddedAsking(opening: Opening): Promise<Repository> {
  try {
    return await openAsking(opening)
  } catch (error) {
    if (!isPocketError(error, 'wrong-password') && !isPocketError(error, 'password-missing')) throw error
    throw new PocketError(error.code, error.message, {
      hint: `if the repository was made with a generated key, put your copy of it back at '${embeddedPlaces().keyFile}', or name it with --key-file`,
      cause: error,
    })
  }
}

/** The folder that holds the caches of all repositories. */
export function cacheDirectoryOf(flags: {'cache-directory'?: string}): string {
  return flags['cache-directory'] || defaultCacheDirectory()
}

/** Whether `flags` open the embedded repository with the key that was generated for it. */
export async function opensWithEmbeddedKey(flags: RepositoryFlags): Promise<boolean> {
  const isEmbedded = !flags.repository && findSecretSource(flags, process.env) === undefined
  return isEmbedded && (await embeddedSecretSource()) !== undefined
}

async function findLocation(named: string | undefined): Promise<string> {
  if (named) return named
  if (await embeddedRepositoryExists()) return embeddedPlaces().repository
  throw noRepository()
}

async function findSource(flags: RepositoryFlags): Promise<SecretSource | undefined> {
  const source = findSecretSource(flags, process.env)
  return source ?? (flags.repository ? undefined : embeddedSecretSource())
}

type Opening = Omit<OpenRepositoryOptions, 'secret'>

/** Where a secret is configured, a repository that needs none is not what was meant: see `expectsEncryption`. */
async function openWith(opening: Opening, source: SecretSource): Promise<Repository> {
  const {openRepository} = await import('../operations/open-repository.js')
  try {
    return await openRepository({...opening, expectsEncryption: true, secret: () => readSecret(source)})
  } catch (error) {
    if (!isPocketError(error, 'wrong-password')) throw error
    throw new PocketError('wrong-password', error.message, {hint: `the password or key came from ${source.from}`, cause: error})
  }
}

/** A password that was mistyped on a terminal may be typed again. */
async function openAsking(opening: Opening): Promise<Repository> {
  const {openRepository} = await import('../operations/open-repository.js')
  for (let attempt = 1; ; attempt++) {
    try {
      return await openRepository({...opening, secret: () => askSecret(`password for ${opening.location}: `)})
    } catch (error) {
      if (!isPocketError(error, 'wrong-password') || attempt === ATTEMPTS) throw error
      standardError.line('wrong password, try again')
    }
  }
}
