/** Refuses one place where two are needed. */
import {realpath} from 'node:fs/promises'
import {PocketError} from '../errors.js'
import type {Repository} from '../repository/repository.js'

/** Throws `usage` when both are one repository. A copy of one, made by other means and kept elsewhere, is another. */
export async function refuseSamePlace(from: Repository, to: Repository): Promise<void> {
  if (from.id !== to.id) return
  if ((await trueLocation(from)) !== (await trueLocation(to))) return
  throw new PocketError('usage', `'${to.location}' is the repository that is copied from`, {hint: 'name two repositories'})
}

/** A folder may have many names. */
async function trueLocation({location}: Repository): Promise<string> {
  return realpath(location).catch(() => location)
}
