/** What a watch need not hear of: what the snapshots leave out, and folders of Pocket's own. */
import {realpathSync} from 'node:fs'
import {resolve} from 'node:path'
import {systemCode} from '../errors.js'
import {compileExcludes} from '../operations/compile-excludes.js'
import {type ByteString, toByteString} from '../util/bytes.js'
import type {WatchedPaths} from '../watch/watcher.js'

/** `ownFolders`: whatever happens in them is what a snapshot does itself. What is no folder of this machine leads nowhere. */
export async function watchExcludes(
  sources: readonly ByteString[],
  patterns: readonly string[],
  ownFolders: readonly string[],
): Promise<WatchedPaths['isExcluded']> {
  const own = [...new Set(ownFolders.flatMap((folder) => [resolve(folder), realPathOr(resolve(folder))]))].map(toByteString)
  const compiled = await compileExcludes(patterns)
  const rules = sources.map((source) => ({prefix: source.endsWith('/') ? source : `${source}/`, isLeftOut: compiled?.(source)}))
  return (path, isDirectory) => {
    if (own.some((folder) => path === folder || path.startsWith(`${folder}/`))) return true
    return rules.some(({prefix, isLeftOut}) => {
      if (!isLeftOut || !path.startsWith(prefix)) return false
      return isLeftOut(path.slice(prefix.length) as ByteString, isDirectory)
    })
  }
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return path
  }
}
