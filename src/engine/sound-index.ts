/** The index as far as what it leads to can be read: without packs that are gone, and chunks that are known to be damaged; from packs that are being removed last. */
import {isPocketError, type PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {loadIndex} from '../repository/index-store.js'
import {packName} from '../repository/names.js'
import {listPacks} from '../repository/pack-listing.js'
import {listRemovals, loadRemovals} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {mapBounded} from '../util/concurrency.js'
import {forEachIndexed} from './prune-survey.js'
import {PackExamination} from './salvage-packs.js'

/** Packs that were found damaged on this machine are read for it; of the others nothing is known that reading would tell. */
export async function loadSoundIndex(repository: Repository, onDamaged: (problem: PocketError) => void): Promise<ChunkIndex> {
  const {backend, indexStore, removalStore} = repository
  const removals = await loadRemovals(removalStore, await listRemovals(backend))
  const going = removals.flatMap(({packs}) => packs)
  const without = new Set<ObjectId>()
  const known = await loadIndex(indexStore)
  const stored = await listPacks(backend)
  const suspects = known.packs.filter(({id, sizeBytes}) => stored.get(packName(id)) !== sizeBytes)
  await mapBounded(suspects, backend.access.parallelCalls, async ({id, sizeBytes}) => {
    if ((await backend.stat(packName(id)))?.sizeBytes !== sizeBytes) without.add(id)
  })
  const lostChunks = await examineNoted(repository, without, onDamaged)
  for (const {id, kind} of known.packs) repository.rememberPack(id, kind)
  return loadIndex({...indexStore, onDamaged: () => undefined}, without, {lostChunks, last: new Set([...lostChunks.keys(), ...going])})
}

async function examineNoted(
  repository: Repository,
  without: Set<ObjectId>,
  onDamaged: (problem: PocketError) => void,
): Promise<Map<ObjectId, ReadonlySet<number>>> {
  const lostChunks = new Map<ObjectId, ReadonlySet<number>>()
  const noted = await repository.damagedPacks()
  if (noted.size === 0) return lostChunks
  const examination = new PackExamination(repository, {usesCopies: false})
  await forEachIndexed(repository, async (pack) => {
    if (!noted.has(pack.id) || without.has(pack.id)) return
    try {
      const found = await examination.examine(pack)
      if (found === 'gone') without.add(pack.id)
      else if (found !== 'whole') lostChunks.set(pack.id, found.lost)
    } catch (error) {
      if (!isPocketError(error, 'permission-denied')) throw error
      onDamaged(error)
      without.add(pack.id)
    }
  })
  return lostChunks
}
