/** Tries what a repository needs of a place before one is made there. */
import {randomBytes} from 'node:crypto'
import type {Backend, ConditionalSupport} from '../backend/backend.js'
import {PocketError} from '../errors.js'
import type {OnWarning} from '../repository/repository.js'
import {equalBytes} from '../util/bytes.js'
import {createBackend} from './open-backend.js'
import type {Reach} from './reach.js'

export type StorageTestStep = 'connect' | 'write' | 'read' | 'list' | 'remove' | 'conditional-create'

export interface StorageTestOptions {
  location: string
  reach?: Reach
  /** Asked when the bucket is not there: whether to make it. */
  createBucket?: () => Promise<boolean>
  /** Told of a bucket that has been made, whatever happens after. */
  onBucketMade?: (bucket: string) => void
  /** Told of each step before it is taken. */
  onStep?: (step: StorageTestStep) => void
  onWarning?: OnWarning
}

export interface StorageTest {
  location: string
  /** Undefined where it need not be asked. */
  conditionalCreate: ConditionalSupport | undefined
}

/** Writes, reads, lists and removes a small object, and leaves nothing. Throws what lacks, as the backend says it. */
export async function testStorage({
  location,
  reach = {},
  createBucket,
  onBucketMade,
  onStep,
  onWarning = () => undefined,
}: StorageTestOptions): Promise<StorageTest> {
  onStep?.('connect')
  const backend = await createBackend(location, {reach, onWarning, createBucket, onBucketMade})
  try {
    return {location: backend.location, conditionalCreate: await tryBackend(backend, onStep)}
  } finally {
    await backend.close()
  }
}

/** The steps of `testStorage` on a backend that is open. */
export async function tryBackend(backend: Backend, onStep: StorageTestOptions['onStep']): Promise<ConditionalSupport | undefined> {
  const name = `probe-${randomBytes(8).toString('hex')}/object`
  const bytes = randomBytes(1000)
  onStep?.('write')
  await backend.put(name, bytes, {isTransient: true})
  const readBack = async (): Promise<void> => {
    onStep?.('read')
    if (!equalBytes(bytes, await backend.get(name))) throw unfit(backend, 'it gives back other bytes than were written')
    onStep?.('list')
    const listed: string[] = []
    for await (const object of backend.list(name.slice(0, name.indexOf('/') + 1))) listed.push(object.name)
    if (listed.length !== 1 || listed[0] !== name) throw unfit(backend, 'it does not list what was written')
  }
  try {
    await readBack()
  } catch (error) {
    // The first error says what lacks; what this cannot remove is small, and harms nothing.
    await backend.remove(name).catch(() => undefined)
    throw error
  }
  onStep?.('remove')
  await backend.remove(name)
  if (!backend.conditionalCreate) return undefined
  onStep?.('conditional-create')
  return backend.conditionalCreate.probe()
}

function unfit(backend: Backend, why: string): PocketError {
  return new PocketError('io-failed', `'${backend.location}' cannot keep a repository: ${why}`, {hint: 'choose another place'})
}
