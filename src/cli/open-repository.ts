/** From flags, environment and config file to an open repository. */
import {isPocketError, PocketError} from '../errors.js'
import type {OpenRepositoryOptions, Repository} from '../operations/open-repository.js'
import type {Reach} from '../operations/reach.js'
import type {PauseGate} from '../util/pause-gate.js'
import {type ChosenRepository, chooseRepository} from './chosen-repository.js'
import {
  embeddedRepositoryExists,
  embeddedSecretSource,
  type MadeRepository,
  makeEmbeddedRepository,
  noRepository,
} from './embedded-repository.js'
import type {OtherSecretFlags, RepositoryFlags} from './flags.js'
import {jsonLine} from './json-output.js'
import {isBucketLocation, refuseSecretIn} from './location.js'
import {missingRepository} from './missing-repository.js'
import {standardError} from './output.js'
import {embeddedPlaces} from './places.js'
import {becomePausable} from './pausing.js'
import {printable} from './printable.js'
import {ratesOf, reachOf, refuseBucketFlags} from './reach.js'
import {reportWarning} from './report-error.js'
import {retryReporter} from './retry-report.js'
import {askSecret, findOtherSecretSource, findSecretSource, OTHER_SECRET_HINT, readSecret, type SecretSource} from './secret.js'

const ATTEMPTS = 3

export interface UseOptions {
  /** Whether something is stored. */
  isWriting?: boolean
  /** Ends waiting for a server. */
  signal?: AbortSignal
  /** Takes progress off the terminal before a line is written. */
  clear?: () => void
  /** Told of each warning, beside the line on stderr. */
  onWarning?: OpenRepositoryOptions['onWarning']
  /** It is the other of two repositories, of `--from`, which is only read: it has the secret of the first unless one is given for it. */
  isOther?: boolean
  /** As of `openRepository`. */
  whileUnlocking?: OpenRepositoryOptions['whileUnlocking']
  /** Holds everything back while it is paused. */
  pause?: PauseGate
}

/**
 * Opens the repository that `flags` or the config file name, or the embedded one, hands it to `use` and closes it whatever happens. Throws
 * `repository-missing` when none is named and the embedded one has not been made, and what `openRepository` throws.
 */
export async function withRepository<Result>(
  flags: RepositoryFlags,
  use: (repository: Repository) => Promise<Result>,
  options: UseOptions = {},
): Promise<Result> {
  return pausable(flags, options, async (pause) => {
    const repository = await openChosenRepository(flags, {...options, pause})
    try {
      return await use(repository)
    } finally {
      await repository.close()
    }
  })
}

/** Work that takes its time, and so has a signal to end it, can be paused, too. */
async function pausable<Result>(
  flags: RepositoryFlags,
  options: UseOptions,
  work: (pause: PauseGate | undefined) => Promise<Result>,
): Promise<Result> {
  if (options.signal === undefined) return work(undefined)
  const {gate, end} = becomePausable(flags['use-profile'], (warning) => {
    options.clear?.()
    standardError.line(reportWarning(warning, flags))
  })
  try {
    return await work(gate)
  } finally {
    end()
  }
}

/**
 * Opens another repository beside the one of `flags`, whose secret it has unless one is given for it. It has no cache: that of a copy would be
 * the same. Throws what `openRepository` throws.
 */
export async function withOtherRepository<Result>(
  flags: RepositoryFlags & OtherSecretFlags,
  location: string,
  use: (repository: Repository) => Promise<Result>,
  options: UseOptions = {},
): Promise<Result> {
  refuseSecretIn(location, 'the location to take from')
  const own = await chooseRepository(flags)
  const given = findOtherSecretSource(flags, process.env)
  const source = given ?? own.secret ?? (own.location === undefined ? await embeddedSecretSource() : undefined)
  const {openRepository} = await import('../operations/open-repository.js')
  const repository = await openRepository({
    location,
    expectsEncryption: given !== undefined,
    secret: () => (source ? readSecret(source) : askSecret(`password for ${location}: `)),
    onWarning: (warning) => {
      options.clear?.()
      standardError.line(reportWarning(warning, flags))
    },
    reach: isBucketLocation(location) ? reachLocation(location, own, flags, options) : ratesOf(own.settings),
  })
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
  const {location, secret, settings} = await chooseRepository(flags)
  if (location !== undefined || (await embeddedRepositoryExists())) return undefined
  refuseBucketFlags(settings.flags, printable(embeddedPlaces().repository))
  check()
  return makeEmbeddedRepository(secret)
}

async function openChosenRepository(flags: RepositoryFlags, options: UseOptions): Promise<Repository> {
  const {isOther = false, whileUnlocking} = options
  const chosen = await chooseRepository(flags, {isOther})
  const location = await findLocation(chosen)
  const opening: Opening = {
    location,
    cacheDirectory: flags['no-cache'] ? undefined : chosen.cacheDirectory,
    onWarning: (warning) => {
      options.clear?.()
      options.onWarning?.(warning)
      standardError.line(reportWarning(warning, flags))
    },
    reach: {...reachLocation(location, chosen, flags, options), pause: options.pause},
    whileUnlocking,
    ...(isOther && {hint: OTHER_SECRET_HINT}),
  }
  if (chosen.location === undefined) {
    const source = chosen.secret ?? (await embeddedSecretSource())
    return source === undefined ? openEmbeddedAsking(opening) : openWith(opening, source)
  }
  // What is given for the first only may fit.
  const lent = isOther && chosen.secret === undefined ? findSecretSource(flags, process.env) : undefined
  try {
    if (lent !== undefined) return await openWith({...opening, expectsEncryption: false}, lent)
    return await (chosen.secret === undefined ? openAsking(opening) : openWith(opening, chosen.secret))
  } catch (error) {
    if (!isPocketError(error, 'repository-missing')) throw error
    // One that is only read from is not to be made.
    if (isOther) throw new PocketError(error.code, error.message, {hint: 'check the location', cause: error})
    throw missingRepository(error, location, chosen.settings.flags)
  }
}

/** How `location` is reached. Throws `usage` when flags of buckets are given for a folder of this machine. */
export function reachLocation(
  location: string,
  {settings}: Pick<ChosenRepository, 'settings'>,
  flags: {json: boolean; quiet: boolean},
  {isWriting, signal, clear}: UseOptions,
): Reach {
  if (!isBucketLocation(location)) {
    refuseBucketFlags(settings.flags, printable(location))
    return ratesOf(settings)
  }
  const onRetry = retryReporter({output: standardError, json: flags.json, quiet: flags.quiet, clear})
  const reach = reachOf(settings, {isWriting, onRetry, signal})
  if (reach.s3?.insecureTls && !flags.quiet) tellInsecure(flags)
  return reach
}

/** Once a run: whoever sits in between can read what goes by, which is sealed, and the credentials' signatures, which are not secrets. */
function tellInsecure({json}: {json: boolean}): void {
  const message = 'the certificate of the server is not checked: anybody could pose as it'
  standardError.line(json ? jsonLine('notice', {message}) : `pocket: ${message}`)
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

/** Whether `flags` open the embedded repository with the key that was generated for it. */
export async function opensWithEmbeddedKey(flags: RepositoryFlags): Promise<boolean> {
  const {location, secret} = await chooseRepository(flags)
  return location === undefined && secret === undefined && (await embeddedSecretSource()) !== undefined
}

async function findLocation({location}: ChosenRepository): Promise<string> {
  if (location !== undefined) return location
  if (await embeddedRepositoryExists()) return embeddedPlaces().repository
  throw noRepository()
}

interface Opening extends Omit<OpenRepositoryOptions, 'secret'> {
  /** What to do where no password can be asked for. */
  hint?: string
}

/** Where a secret is configured, a repository that needs none is not what was meant: see `expectsEncryption`. */
async function openWith({hint, ...opening}: Opening, source: SecretSource): Promise<Repository> {
  const {openRepository} = await import('../operations/open-repository.js')
  try {
    return await openRepository({expectsEncryption: true, ...opening, secret: () => readSecret(source)})
  } catch (error) {
    if (!isPocketError(error, 'wrong-password')) throw error
    throw new PocketError('wrong-password', error.message, {
      hint: `the password or key came from ${source.from}${hint === undefined ? '' : `; ${hint}`}`,
      cause: error,
    })
  }
}

/** A password that was mistyped on a terminal may be typed again. */
async function openAsking({hint, ...opening}: Opening): Promise<Repository> {
  const {openRepository} = await import('../operations/open-repository.js')
  for (let attempt = 1; ; attempt++) {
    try {
      return await openRepository({...opening, secret: () => askSecret(`password for ${opening.location}: `, hint)})
    } catch (error) {
      if (!isPocketError(error, 'wrong-password') || attempt === ATTEMPTS) throw error
      standardError.line('wrong password, try again')
    }
  }
}
