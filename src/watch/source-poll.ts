/**
 * Looks at the sources themselves now and then: files, which no system watches without their folder, and whether a folder that is watched is
 * still the one that it was. A folder that went away and came back is another, of which no watch tells anything.
 */
import {type BigIntStats, lstatSync} from 'node:fs'
import {systemCode} from '../errors.js'
import type {ByteString} from '../util/bytes.js'
import type {WatchListener} from './watcher.js'

const LOOK_EVERY_MS = 2000

export interface SourcePoll {
  /** Those of the paths that are folders. */
  folders: readonly ByteString[]
  /** Looks now. */
  look(): void
  close(): void
}

interface Source {
  path: ByteString
  isFolder: boolean
  seen: string
}

export function watchSources(paths: readonly ByteString[], listener: WatchListener): SourcePoll {
  const sources = paths.map((path): Source => {
    const stats = statSource(path)
    const isFolder = stats?.isDirectory() ?? false
    return {path, isFolder, seen: describe(stats, isFolder)}
  })
  const look = (): void => {
    for (const source of sources) {
      const stats = statSource(source.path)
      const isFolder = stats?.isDirectory() ?? false
      const seen = describe(stats, isFolder)
      if (seen === source.seen) continue
      const isAnother = isFolder || source.isFolder || stats === undefined || source.seen === GONE
      Object.assign(source, {isFolder, seen})
      if (isAnother) listener.lose('source')
      else listener.touch(source.path, false)
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {folders: sources.filter(({isFolder}) => isFolder).map(({path}) => path), look, close: () => clearInterval(timer)}
}

const GONE = 'gone'

/** Of a folder, what tells it from others; of a file, what tells that it has changed. */
function describe(stats: BigIntStats | undefined, isFolder: boolean): string {
  if (!stats) return GONE
  const {dev, ino, mode, size, mtimeNs, ctimeNs} = stats
  return isFolder ? `${dev}:${ino}` : `${dev}:${ino}:${mode}:${size}:${mtimeNs}:${ctimeNs}`
}

/** Undefined when there is nothing, or it cannot be looked at. */
function statSource(path: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(Buffer.from(path, 'latin1'), {bigint: true, throwIfNoEntry: false})
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
