/** Write sessions on a backend in memory that records its calls. */
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {WriteSession} from '../../src/repository/write-session.js'
import {type Fault, faultyBackend} from '../backend/fault.js'
import {buildPack, memoryRepository, noise} from './material.js'

export const OPTIONS = {treeLevel: 3}

/** A repository whose backend records its calls, and has these faults once it is open. */
export async function sessionFixture({
  faults = [],
  backend = createMemoryBackend(),
  cacheDirectory,
}: {
  faults?: Fault[]
  backend?: Backend
  cacheDirectory?: string
} = {}) {
  await memoryRepository({backend})
  const faulty = faultyBackend(backend, faults)
  const {repository, warnings} = await memoryRepository({backend: faulty, cacheDirectory})
  return {
    backend,
    faulty,
    repository,
    warnings,
    puts: () => faulty.calls.filter((call) => call.startsWith('put ')).map((call) => call.slice(4)),
  }
}

/** Puts a data pack of one chunk of noise. */
export function putData(session: WriteSession, seed: number, release = (): void => undefined): string {
  const pack = buildPack({sealing: session.repository.sealing, frames: [[noise(1000, seed)]]})
  session.putPack(pack, release)
  return pack.id
}

/** The packs that the index objects name. */
export async function indexedPacks(backend: Backend): Promise<string[]> {
  const {repository} = await memoryRepository({backend})
  return (await repository.loadIndex()).packs.map(({id}) => id).sort()
}
