/** Protects what a repository still needs for longer, before the time runs out for which it was protected. */
import type {Retention} from '../backend/backend.js'
import {isPocketError} from '../errors.js'
import {CONFIG_NAME, INDEX_PREFIX, KEYS_PREFIX, packName, SNAPSHOTS_PREFIX} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {mapBounded} from '../util/concurrency.js'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Once half of the days have passed that the backend protects what it is given since the last time, every object that the repository needs is protected for as many days from now. The config
 * comes last: its retention tells when all the others were extended, so that one request shows that nothing is due. Returns how many
 * objects were extended. Throws what `Retention.extend` throws; what was extended by then stays so, and the next call goes on.
 */
export async function extendRetention(repository: Repository): Promise<number> {
  const {backend} = repository
  const {retention} = backend
  if (!retention) return 0
  const {days} = retention
  const nowMs = retention.now()
  const until = (await retention.until(CONFIG_NAME)) ?? 0
  if (until - nowMs > (days * DAY_MS) / 2) return 0
  const names = await neededObjects(repository)
  const newUntil = nowMs + days * DAY_MS
  await mapBounded(names, backend.access.parallelCalls, (name) => extendUnlessGone(retention, name, newUntil))
  await retention.extend(CONFIG_NAME, newUntil)
  return names.length + 1
}

/** Another client may have merged an index object away since it was listed. */
async function extendUnlessGone(retention: Retention, name: string, untilMs: number): Promise<void> {
  try {
    await retention.extend(name, untilMs)
  } catch (error) {
    if (!isPocketError(error, 'object-missing') || !name.startsWith(INDEX_PREFIX)) throw error
  }
}

/** Packs that no index names are needed by nothing. */
async function neededObjects(repository: Repository): Promise<string[]> {
  const names: string[] = []
  for (const prefix of [KEYS_PREFIX, SNAPSHOTS_PREFIX, INDEX_PREFIX]) {
    for await (const {name} of repository.backend.list(prefix)) names.push(name)
  }
  repository.refresh()
  for (const {id} of (await repository.loadIndex()).packs) names.push(packName(id))
  return names
}
