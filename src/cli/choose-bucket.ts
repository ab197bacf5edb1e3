/** Questions about a bucket: on which server, with whose credentials, which one, and where in it. */
import {isPocketError, type PocketError} from '../errors.js'
import type {BucketInfo} from '../operations/list-buckets.js'
import {findCredentialsFile} from './credentials-setting.js'
import {findCredentials} from './find-credentials.js'
import {askFile, wrongIn} from './path-questions.js'
import {printable} from './printable.js'
import type {Choice, Questions} from './questions.js'
import {findSetting, readUrl} from './settings.js'
import type {WizardOptions} from './wizard-options.js'

export interface BucketAnswers {
  location: string
  /** The flags, with what was answered. */
  flags: Readonly<Record<string, unknown>>
  /** Undefined when a bucket that is missing is to be asked about. */
  createBucket: (() => Promise<boolean>) | undefined
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Nothing is made yet; the server is asked for its buckets. Throws what listing them throws, but for `permission-denied`. */
export async function chooseBucket(options: WizardOptions): Promise<BucketAnswers> {
  const withServer = {...options.flags, ...(await askServer(options))}
  const flags = {...withServer, ...(await askCredentials(withServer, options))}
  const {questions, output, environment} = options
  output.line(`asking ${findSetting('endpoint', {flags, environment})?.value ?? 'the server'} for buckets`)
  const buckets = await listOrTell(options.reachOf('s3://', flags), options)
  const {bucket, isNew} = await askBucket(buckets, questions)
  const prefix = (
    await questions.text('Under which name in it? (/ for none)', {
      initial: 'pocket',
      check: checkPrefix,
    })
  )
    .split('/')
    .filter((part) => part !== '')
    .join('/')
  return {
    location: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    flags,
    createBucket: isNew ? () => Promise.resolve(true) : undefined,
  }
}

type Flags = Readonly<Record<string, unknown>>

/** What a flag or a variable says is told and not asked. */
async function askServer({questions, output, flags, environment}: WizardOptions): Promise<Flags> {
  const given = findSetting('endpoint', {flags, environment})
  if (given !== undefined) {
    output.line(`server: ${printable(String(readUrl(given)))}, by ${given.from}`)
    return {}
  }
  const known = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL
  const choices: Choice<string>[] = [
    known ? {value: known, name: `${printable(known)}, as AWS_ENDPOINT_URL says`} : {value: '', name: 'Amazon S3'},
    {value: 'other', name: 'another one', description: 'its URL is asked for'},
  ]
  const chosen = await questions.choose('Which server?', choices)
  if (chosen !== 'other') return chosen === '' ? {} : {endpoint: chosen}
  const check = (url: string): Promise<string | undefined> => wrongIn(() => readUrl({value: url.trim(), from: 'this answer'}))
  return {endpoint: (await questions.text('URL of the server:', {initial: 'https://', check})).trim()}
}

async function askCredentials(flags: Flags, {questions, output, environment}: WizardOptions): Promise<Flags> {
  const given = findCredentialsFile({flags, environment}) ?? findSetting('profile', {flags, environment})
  if (given !== undefined) {
    output.line(`credentials: ${printable(String(given.value))}, by ${given.from}`)
    return {}
  }
  const found = (await findCredentials(environment)).map(({name, description, profile}) => ({
    value: profile === undefined ? {} : {profile},
    name: printable(name),
    description,
  }))
  const choices: Choice<Flags | 'file'>[] = [
    ...found,
    {value: 'file', name: 'a file of keys', description: 'lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…, which only you may read'},
    {value: {}, name: 'whatever this machine has', description: 'the role of an EC2 instance, for example'},
  ]
  const chosen = await questions.choose('With whose credentials?', choices)
  if (chosen !== 'file') return chosen
  const {checkCredentialsFile} = await import('../operations/check-credentials-file.js')
  return {'credentials-file': await askFile(questions, checkCredentialsFile)}
}

/** Whoever may use one bucket may often not list all. */
async function listOrTell(reach: ReturnType<WizardOptions['reachOf']>, {output}: WizardOptions): Promise<BucketInfo[]> {
  const {listBuckets} = await import('../operations/list-buckets.js')
  const tell = ({message}: PocketError): void => output.line(printable(message))
  try {
    return await listBuckets(reach, tell)
  } catch (error) {
    if (!isPocketError(error, 'permission-denied')) throw error
    tell(error)
    return []
  }
}

async function askBucket(buckets: readonly BucketInfo[], questions: Questions): Promise<{bucket: string; isNew: boolean}> {
  const choices: Choice<{bucket: string; isNew: boolean}>[] = [
    ...buckets.map(({name}) => ({value: {bucket: name, isNew: false}, name: printable(name)})),
    {value: {bucket: '', isNew: true}, name: 'make a new one'},
    {value: {bucket: '', isNew: false}, name: 'another one, by its name'},
  ]
  const {bucket, isNew} = await questions.choose('Which bucket?', choices)
  if (bucket !== '') return {bucket, isNew}
  const check = (name: string): string | undefined =>
    BUCKET_NAME.test(name.trim()) ? undefined : "3 to 63 lower-case letters, digits, '-' and '.'"
  return {bucket: (await questions.text('Name of the bucket:', {check})).trim(), isNew}
}

function checkPrefix(prefix: string): string | undefined {
  return prefix.split('/').some((part) => part === '.' || part === '..' || part !== printable(part))
    ? 'without . and .. and control characters'
    : undefined
}
