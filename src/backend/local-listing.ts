/** Lists the objects of a local backend: what lies below a folder. */
import type {Dirent, Stats} from 'node:fs'
import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {inAdvance} from '../util/concurrency.js'
import type {ListedObject} from './backend.js'
import {isMissing} from './local-errors.js'
import {isObjectName} from './name.js'

/** Sizes asked for at once: as many as keep libuv's threads busy. */
const STATS_AT_ONCE = 64
/** So many folders are read before it is their turn: packs lie in 256 of them. */
const FOLDERS_AHEAD = 16

/** What one folder holds. */
interface Contents {
  /** Files, and what has to be looked at to know. */
  names: string[]
  /** Each ends in `/`. */
  folders: string[]
}

/** Files below the folder `prefix` of `root`, which is empty or ends in `/`; what no object can be called is left out. Throws system errors. */
export async function* listObjects(root: string, prefix: string): AsyncIterable<ListedObject> {
  let names: string[] = []
  for await (const name of namesBelow(root, readFolder(root, prefix))) {
    names.push(name)
    if (names.length < STATS_AT_ONCE) continue
    yield* describe(root, names)
    names = []
  }
  yield* describe(root, names)
}

async function* namesBelow(root: string, reading: Promise<Contents>): AsyncIterable<string> {
  const {names, folders} = await reading
  yield* names
  const ahead: Promise<Contents>[] = []
  let begun = 0
  for (const _ of folders) {
    while (begun < folders.length && ahead.length < FOLDERS_AHEAD) ahead.push(inAdvance(readFolder(root, folders[begun++])))
    yield* namesBelow(root, ahead.shift()!)
  }
}

async function readFolder(root: string, prefix: string): Promise<Contents> {
  const contents: Contents = {names: [], folders: []}
  for (const entry of await entriesIfThere(join(root, prefix))) {
    const name = prefix + entry.name
    if (!isObjectName(name)) continue
    if (entry.isDirectory()) contents.folders.push(`${name}/`)
    else contents.names.push(name)
  }
  return contents
}

async function* describe(root: string, names: readonly string[]): AsyncIterable<ListedObject> {
  const stats = await Promise.all(names.map((name) => statIfThere(join(root, name))))
  for (const [index, name] of names.entries()) {
    // By way of a link.
    if (stats[index]?.isDirectory()) yield* listObjects(root, `${name}/`)
    else if (stats[index]?.isFile()) yield {name, sizeBytes: stats[index].size, modifiedMs: stats[index].mtimeMs}
  }
}

/** None where there is no such folder. */
async function entriesIfThere(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, {withFileTypes: true})
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

export async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
