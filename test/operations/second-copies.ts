/** Chunks that lie in two packs, as when two machines store the same at once. */
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import type {ObjectId} from '../../src/id.js'
import {replaceFile} from './content.js'
import {type Place, withRepository} from './repository-place.js'
import {take} from './simple-source.js'

/** Takes a snapshot that finds nothing stored, and so stores everything in packs of its own. Gives these, and its id. */
export async function storeTwice(place: Place): Promise<{id: ObjectId; packs: {data: string[]; tree: string[]}}> {
  const aside = mkdtempSync(join(place.folder, 'aside-'))
  const index = join(place.location, 'index')
  renameSync(index, join(aside, 'index'))
  mkdirSync(index)
  const packs: {data: string[]; tree: string[]} = {data: [], tree: []}
  const id = await withRepository({...place, cacheDirectory: join(aside, 'cache')}, async (repository) => {
    const taken = await take(repository, {paths: [place.source], parent: false})
    for (const pack of (await repository.loadIndex()).packs) packs[pack.kind].push(packPath(place, pack.id))
    return taken.id!
  })
  cpSync(join(aside, 'index'), index, {recursive: true})
  rmSync(aside, {recursive: true})
  return {id, packs}
}

export function packPath({location}: Place, id: string): string {
  return join(location, 'chunks', id.slice(0, 2), id)
}

/** Paths of the packs of this kind that the index names. */
export async function packsOf(place: Place, kind: 'data' | 'tree'): Promise<string[]> {
  return withRepository(
    place,
    async (repository) => {
      const {packs} = await repository.loadIndex()
      return packs.filter((pack) => pack.kind === kind).map(({id}) => packPath(place, id))
    },
    () => undefined,
  )
}

export function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at < 0 ? bytes.length + at : at] ^= 1
  replaceFile(path, bytes)
}

/** Paths of all objects in a folder of the repository. */
export function objectsIn({location}: Place, folder: string): string[] {
  return readdirSync(join(location, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.tmp'))
    .map((entry) => join(entry.parentPath, entry.name))
}
