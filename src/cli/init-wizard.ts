/**
 * `pocket init` on a terminal: asks where the repository is to be and what it is encrypted under, and tries the place before it is accepted.
 * Nothing is made here but, when it is asked for, a bucket.
 */
import {isPocketError} from '../errors.js'
import type {Secret} from '../operations/open-repository.js'
import type {Reach} from '../operations/reach.js'
import type {StorageTest} from '../operations/test-storage.js'
import {type BucketAnswers, chooseBucket} from './choose-bucket.js'
import {embeddedKey, embeddedRepositoryExists} from './embedded-repository.js'
import {exists} from '../util/exists.js'
import {hasRepository} from './has-repository.js'
import {freeKeyFile, keyFilePlace} from './key-file-place.js'
import {isBucketLocation} from './location.js'
import type {NewSecret} from './make-repository.js'
import {absolutePath, askFile} from './path-questions.js'
import {embeddedPlaces} from './places.js'
import {printable} from './printable.js'
import type {Questions} from './questions.js'
import {RememberedAnswers} from './remembered-answers.js'
import {reportError} from './report-error.js'
import {askSecret, checkSource, readSecret, type SecretSource} from './secret.js'
import {StorageSteps} from './storage-steps.js'
import type {WizardOptions} from './wizard-options.js'

export interface WizardAnswers {
  location: string
  /** The flags, with what was answered. */
  flags: Readonly<Record<string, unknown>>
  reach: Reach
  /** What was found there, of a bucket. */
  tested?: StorageTest
  /** Undefined when a repository is there already, and is to be used. */
  secret: NewSecret | undefined
  /** What opens the one that is there; undefined when a password is to be asked for each time, or nothing is needed. */
  opening?: SecretSource
}

type PlaceKind = 'configured' | 'embedded' | 'folder' | 'bucket'

/** Throws `interrupted` on Ctrl-C, and the error of a place that cannot be used when whoever answers gives up. */
export async function askForRepository(given: WizardOptions): Promise<WizardAnswers> {
  const questions = new RememberedAnswers(given.questions)
  const options = {...given, questions}
  if (options.secret !== undefined) await checkSource(options.secret)
  for (;;) {
    try {
      const place = await choosePlace(options)
      const isThere = await hasRepository(place.location, place.reach)
      if (!isThere) {
        if (!isBucketLocation(place.location)) await requireFolder(place.location)
        return {...place, secret: await chooseSecret(place.location, options)}
      }
      const use = `there is a repository at ${printable(place.location)} already: use it?`
      if (await questions.confirm(use, true)) return {...place, secret: undefined, opening: await chooseOpening(place, options)}
    } catch (error) {
      if (!isPocketError(error) || error.code === 'interrupted') throw error
      options.output.line(reportError(error, {json: false, debug: false}).text.trimEnd())
      if (!(await questions.confirm('answer again?', true))) throw error
    }
    questions.again()
  }
}

async function choosePlace(options: WizardOptions): Promise<Omit<WizardAnswers, 'secret'>> {
  const {questions, flags} = options
  const kind = await questions.choose('Where shall the repository be?', await placeChoices(options))
  if (kind === 'bucket') return tryBucket(await chooseBucket(options), options)
  const location =
    kind === 'folder' ? await askFolder(questions) : kind === 'configured' ? String(options.configured) : embeddedPlaces().repository
  if (isBucketLocation(location)) return tryBucket({location, flags, createBucket: undefined}, options)
  return {location, flags, reach: options.reachOf(location, flags)}
}

async function placeChoices({configured}: WizardOptions) {
  const choices: {value: PlaceKind; name: string; description?: string}[] = []
  if (configured !== undefined) choices.push({value: 'configured', name: `where the config file says: ${printable(configured)}`})
  const {repository} = embeddedPlaces()
  if (!(await embeddedRepositoryExists())) {
    choices.push({
      value: 'embedded',
      name: 'on this machine, in your data directory',
      description: `${printable(repository)}: versions to go back to, but no help when this disk dies`,
    })
  }
  choices.push(
    {value: 'folder', name: 'in a folder of your choice', description: 'another disk, or a mounted share'},
    {
      value: 'bucket',
      name: 'in a bucket',
      description: 'Amazon S3, or a server that speaks its protocol: Ceph, MinIO, R2, Garage, B2, Wasabi',
    },
  )
  return choices
}

/** Each step is shown; the bucket is made when it was asked for. */
async function tryBucket({location, flags, createBucket}: BucketAnswers, {questions, output, reachOf, onBucketMade}: WizardOptions) {
  const reach = reachOf(location, flags)
  const steps = new StorageSteps(output)
  const {testStorage} = await import('../operations/test-storage.js')
  const ask = (): Promise<boolean> => questions.confirm(`there is no bucket for ${printable(location)}: make it?`, true)
  output.line(`trying ${printable(location)}`)
  try {
    const tested = await testStorage({location, reach, createBucket: createBucket ?? ask, onBucketMade, onStep: steps.begin})
    steps.succeed()
    return {location, flags, reach, tested}
  } catch (error) {
    steps.fail()
    throw error
  }
}

async function askFolder(questions: Questions): Promise<string> {
  return absolutePath(await questions.text('Which folder?', {check: (path) => (path.trim() === '' ? 'name a folder' : undefined)}))
}

/** Whoever has answered for the key ought not to hear then that the place cannot be used. */
async function requireFolder(location: string): Promise<void> {
  const {tryFolder} = await import('../operations/local-folder.js')
  await tryFolder(location)
}

/** It is opened with what was answered, before that is written down anywhere. */
async function chooseOpening({location, reach}: Pick<WizardAnswers, 'location' | 'reach'>, options: WizardOptions) {
  const {questions} = options
  const secret = knownSecret(location, options)
  const kind =
    secret === undefined
      ? await questions.choose('What opens it?', [
          {value: 'key-file', name: 'a key file'},
          {value: 'password', name: 'a password, asked for each time'},
          {value: 'password-file', name: 'a password in a file'},
          {value: 'none', name: 'nothing: it is not encrypted'},
        ] as const)
      : 'given'
  const source = kind === 'key-file' || kind === 'password-file' ? await askSource(kind, questions) : secret
  const {openRepository} = await import('../operations/open-repository.js')
  const ask = (): Promise<Secret> => (source === undefined ? askSecret('password: ') : readSecret(source))
  const repository = await openRepository({
    location,
    reach,
    expectsEncryption: kind !== 'none',
    secret: kind === 'none' ? {type: 'none'} : ask,
  })
  await repository.close()
  return source
}

async function askSource(kind: 'key-file' | 'password-file', questions: Questions): Promise<SecretSource> {
  const at = (path: string): SecretSource => ({kind, path, from: path})
  return at(await askFile(questions, (path) => readSecret(at(path))))
}

function knownSecret(location: string, {configured, configuredSecret, secret}: WizardOptions): SecretSource | undefined {
  return secret ?? (location === configured ? configuredSecret : undefined)
}

async function chooseSecret(location: string, options: WizardOptions): Promise<NewSecret> {
  const {questions} = options
  const secret = knownSecret(location, options)
  if (secret !== undefined) return {kind: 'source', source: secret}
  const isEmbedded = location === embeddedPlaces().repository
  const kind = await questions.choose('What shall open it?', [
    {
      value: 'generated',
      name: 'a key file, generated now',
      description: 'for snapshots that run by themselves; keep a copy of it elsewhere',
    },
    {value: 'source', name: 'a password', description: 'asked for each time, unless the config file says where it is'},
    {value: 'none', name: 'nothing: do not encrypt', description: 'whoever gets at the repository can read your files'},
  ] as const)
  if (kind === 'none') return {kind}
  if (kind === 'source') return {kind, source: undefined}
  if (isEmbedded) return {kind: 'given', secret: await embeddedKey(), keyFile: embeddedPlaces().keyFile}
  return {kind, path: await askKeyFile(location, questions)}
}

async function askKeyFile(location: string, questions: Questions): Promise<string> {
  for (let initial = keyFilePlace(location); ; ) {
    const path = absolutePath(await questions.text('Where shall the key be written?', {initial}))
    if (!(await exists(path))) return path
    const again = await questions.confirm(`there is a file at ${printable(path)} already, which stays as it is; name another?`, true)
    if (!again) return path
    initial = await freeKeyFile(location)
  }
}
