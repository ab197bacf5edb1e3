import type {Excluder} from '../engine/visit.js'
import type {ByteString} from '../util/bytes.js'

/** The excludes of a source, or undefined for no patterns: their library is loaded only where there are any. */
export async function compileExcludes(patterns: readonly string[] = []): Promise<((source: ByteString) => Excluder) | undefined> {
  if (patterns.length === 0) return undefined
  const {createExcluder} = await import('../filesystem/exclude.js')
  return (source) => createExcluder(patterns, source)
}
