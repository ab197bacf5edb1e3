/** After something was stored: protects what the repository needs for longer, where that is due. */
import {isPocketError} from '../errors.js'
import type {Repository} from '../repository/repository.js'

/** What was to be stored is there by now: what fails here is told, and the next run tries again. */
export async function keepProtected(repository: Repository): Promise<void> {
  if (!repository.backend.retention) return
  const {extendRetention} = await import('./extend-retention.js')
  try {
    await extendRetention(repository)
  } catch (error) {
    if (!isPocketError(error)) throw error
    repository.onWarning(error)
  }
}
