/** Patterns over paths, in the syntax and with the meaning of gitignore(5); case matters. */
import {createRequire} from 'node:module'
import {basename, dirname, resolve} from 'node:path'
import type {Ignore} from 'ignore'
import {systemCode} from '../errors.js'
import {type ByteString, isUtf8} from '../util/bytes.js'
import {fromUserPath, joinPath} from './native-path.js'
import {isGone, realPath} from './scan.js'

/** `relativePath` is below the folder that the patterns belong to: no `/` at either end, never empty, never `..`. */
export type PathMatcher = (relativePath: ByteString, isDirectory: boolean) => boolean

/**
 * Tells what to leave out: true for a path that the patterns match or that lies in a folder that they match. The last
 * pattern that matches decides, `!` takes back, `#` comments, `/` at the start anchors, `/` at the end means folders
 * only. Names that are not UTF-8 are matched by wildcards. What is no valid pattern matches nothing. Patterns belong to
 * `folder`, an absolute path. One that is the absolute path of something in it means just that, whatever characters it has; one that
 * begins with the path of `folder` is a pattern without it.
 */
export function createExcluder(patterns: readonly string[], folder: ByteString): PathMatcher {
  const prefixes = [folder, realPathOr(folder)].map((path) => readablePath((path.endsWith('/') ? path : `${path}/`) as ByteString))
  return createMatcher(patterns.map((pattern) => belowFolder(pattern, prefixes)))
}

function belowFolder(pattern: string, prefixes: readonly string[]): string {
  const sign = pattern.startsWith('!') ? '!' : ''
  const path = pattern.slice(sign.length)
  if (!path.startsWith('/')) return pattern
  const place = withoutPrefix(placeOf(path), prefixes)
  if (place !== undefined) return `${sign}/${literal(place)}`
  const rest = withoutPrefix(path, prefixes)
  return rest === undefined ? pattern : `${sign}/${rest}`
}

function withoutPrefix(path: string | undefined, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((each) => path?.startsWith(each))
  return prefix === undefined ? undefined : path?.slice(prefix.length)
}

/** The real path of what lies at `path`, which is not followed if it is a link itself; undefined when nothing does. */
function placeOf(path: string): string | undefined {
  const own = fromUserPath(resolve(path))
  if (isGone(own)) return undefined
  const parent = realPathOr(dirname(own) as ByteString)
  return readablePath(joinPath(parent, basename(own) as ByteString))
}

function realPathOr(path: ByteString): ByteString {
  try {
    return realPath(path)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return path
  }
}

/** A pattern that matches `path` and nothing else. */
function literal(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ $/, '\\ ')
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
