/** Patterns over paths, in the syntax and with the meaning of gitignore(5); case matters. */
import {createRequire} from 'node:module'
import type {Ignore} from 'ignore'
import {type ByteString, isUtf8} from '../util/bytes.js'

/** `relativePath` is below the folder that the patterns belong to: no `/` at either end, never empty, never `..`. */
export type PathMatcher = (relativePath: ByteString, isDirectory: boolean) => boolean

/**
 * Tells what to leave out: true for a path that the patterns match or that lies in a folder that they match. The last
 * pattern that matches decides, `!` takes back, `#` comments, `/` at the start anchors, `/` at the end means folders
 * only. Names that are not UTF-8 are matched by wildcards. What is no valid pattern matches nothing. Patterns belong to
 * `folder`, an absolute path; one that begins with that path means what is there, as if it were written without it.
 */
export function createExcluder(patterns: readonly string[], folder: ByteString): PathMatcher {
  const prefix = readablePath((folder.endsWith('/') ? folder : `${folder}/`) as ByteString)
  return createMatcher(patterns.map((pattern) => withoutPrefix(pattern, prefix)))
}

function withoutPrefix(pattern: string, prefix: string): string {
  const sign = pattern.startsWith('!') ? '!' : ''
  const path = pattern.slice(sign.length)
  return path.startsWith(prefix) ? `${sign}/${path.slice(prefix.length)}` : pattern
}

/** Tells what was chosen, by the same rules; no globs choose nothing. */
export function createMatcher(globs: readonly string[]): PathMatcher {
  if (globs.length === 0) return () => false
  const rules = new Rules(globs)
  return (relativePath, isDirectory) => {
    const path = readablePath(relativePath)
    return rules.match(isDirectory ? `${path}/` : path)
  }
}

/** The library remembers each path that it was asked about, for ever: millions of files would fill the memory. */
const REMEMBERED_PATHS = 10_000

class Rules {
  readonly #create: () => Ignore
  #ignore: Ignore
  #asked = 0

  constructor(patterns: readonly string[]) {
    // Loaded only where there are patterns, and at once: the scan asks without waiting.
    const ignore: typeof import('ignore') = createRequire(import.meta.url)('ignore')
    const compiled = ignore({ignoreCase: false}).add(patterns)
    // Made from `compiled`, it shares its rules and starts with no memory.
    this.#create = () => ignore({ignoreCase: false}).add(compiled)
    this.#ignore = this.#create()
  }

  match(path: string): boolean {
    this.#asked += 1
    if (this.#asked % REMEMBERED_PATHS === 0) this.#ignore = this.#create()
    return this.#ignore.ignores(path)
  }
}

/** As text, so that `?` is a character and not a byte; names that are not UTF-8 keep a character for each byte above 127. */
function readablePath(path: ByteString): string {
  if (!/[^\u0000-\u007f]/.test(path)) return path
  if (isUtf8(path)) return Buffer.from(path, 'latin1').toString('utf8')
  return path
    .split('/')
    .map((name) => readableName(name as ByteString))
    .join('/')
}

/** Bytes that are not UTF-8 as U+DC80 to U+DCFF, which no pattern holds and no text decodes to. */
function readableName(name: ByteString): string {
  if (isUtf8(name)) return Buffer.from(name, 'latin1').toString('utf8')
  return name.replace(/[\u0080-\u00ff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)))
}
