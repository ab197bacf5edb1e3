import {isPocketError, PocketError} from '../errors.js'
import type {Reach} from '../operations/reach.js'

/** Whether there is a repository at `location`. Throws what opening one throws, `not-a-repository` for a folder of other things. */
export async function hasRepository(location: string, reach: Reach): Promise<boolean> {
  const {openRepository} = await import('../operations/open-repository.js')
  // Whoever asks for the secret has found a repository that is encrypted, and more is not to be known.
  const locked = new PocketError('password-missing', `the repository at '${location}' is encrypted`)
  try {
    const repository = await openRepository({location, reach, secret: () => Promise.reject(locked), expectsEncryption: false})
    await repository.close()
    return true
  } catch (error) {
    if (error === locked) return true
    if (isPocketError(error, 'repository-missing')) return false
    throw error
  }
}
