/** What of a repository of the model is read at the end, and must be as it was. */
import type {PocketError} from '../../src/errors.js'
import type {ObjectId} from '../../src/id.js'
import {packName} from '../../src/repository/names.js'
import {listPacks} from '../../src/repository/pack-listing.js'
import type {Repository} from '../../src/repository/repository.js'
import {loadSnapshots, type StoredSnapshot} from '../../src/repository/snapshot-store.js'
import {expectedFiles, readContent} from './client.js'
import type {Content} from './content.js'

/** One snapshot through all that becomes of it. */
export interface Line {
  tag: string
  content: Content
  id: ObjectId | undefined
  state: 'live' | 'forgotten'
  /** Operations on it under way. */
  busy: number
  /** Two of them met, or one failed: it may be there or not, but what is there must be whole. */
  isDoubtful: boolean
}

/** Every snapshot that must be there is, and whatever is there is whole. Throws an Error that says what is not. */
export async function verifySnapshots(repository: Repository, lines: readonly Line[], when: string): Promise<void> {
  const stored = await verifyContents(repository, lines, when)
  const ids = new Set(stored.map(({id}) => id))
  for (const {id, tag, state, isDoubtful} of lines) {
    if (id !== undefined && !isDoubtful && state === 'live' && !ids.has(id)) throw new Error(`${when}: snapshot ${tag} is gone`)
  }
}

/** Every complete snapshot has the content that was taken. Gives all snapshots. */
export async function verifyContents(repository: Repository, lines: readonly Line[], when: string): Promise<StoredSnapshot[]> {
  await leaveOutGone(repository)
  const warnings: PocketError[] = []
  const stored = await loadSnapshots(repository, (error) => warnings.push(error))
  if (warnings.length > 0) throw new Error(`${when}: ${warnings[0].message}`)
  for (const {id, record} of stored) {
    if (record.isIncomplete) continue
    const line = lines.find(({tag}) => tag === record.tags[0])
    if (!line) throw new Error(`${when}: nobody took snapshot ${id}`)
    const files = await readContent(repository, record.root).catch((error: Error) => {
      throw new Error(`${when}: snapshot ${line.tag} cannot be read: ${error.message}`)
    })
    const expected = expectedFiles(line.content)
    const isSame = files.size === expected.size && [...expected].every(([path, bytes]) => files.get(path) === bytes)
    if (!isSame) throw new Error(`${when}: snapshot ${line.tag} has other content`)
  }
  return stored
}

/** An index object that was put late may name a pack that is gone; what it held, if anybody needs it, lies in another. */
async function leaveOutGone(repository: Repository): Promise<void> {
  const stored = await listPacks(repository.backend)
  const {packs} = await repository.loadIndex()
  repository.refresh(new Set(packs.map(({id}) => id).filter((id) => !stored.has(packName(id)))))
}
