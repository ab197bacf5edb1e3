/**
 * What Node.js cannot do with files, by calling the C library through the optional package koffi: times in whole
 * nanoseconds. Of files nothing else in Pocket calls C; a wrong prototype would end the process, so every one is here.
 */
import {futimesSync, lutimesSync} from 'node:fs'
import {createRequire} from 'node:module'
import {getSystemErrorName} from 'node:util'
import {bytesToByteString, displayName} from '../util/bytes.js'

/**
 * Sets the times of last access and modification, in nanoseconds since 1970 (negative before), of an open file or
 * of what lies at a path given as bytes; of a symbolic link itself, never of its target. Throws errors like those of
 * `node:fs`, with `code` (`ENOENT`, `EPERM`, …) and `syscall`.
 */
export type SetTimes = (target: Uint8Array | number, atimeNs: bigint, mtimeNs: bigint) => void

/** `native` is exact; `portable` is `node:fs`, which takes seconds as a double: exact to about a microsecond. */
export type TimesKind = 'native' | 'portable'

/** See `SetTimes`; exact to the nanosecond where `hasNanosecondTimes()`. */
export function setTimes(target: Uint8Array | number, atimeNs: bigint, mtimeNs: bigint): void {
  chosenSetter ??= timesSetter('native') ?? setTimesPortably
  chosenSetter(target, atimeNs, mtimeNs)
}

/** Whether `setTimes` is exact: koffi is installed and this is 64-bit Linux or macOS. Loads koffi (about 20 ms). */
export function hasNanosecondTimes(): boolean {
  chosenSetter ??= timesSetter('native') ?? setTimesPortably
  return chosenSetter !== setTimesPortably
}

/** One certain way of setting times, for tests; undefined where it is not to be had. */
export function timesSetter(kind: TimesKind): SetTimes | undefined {
  return kind === 'portable' ? setTimesPortably : nativeSetter()
}

let chosenSetter: SetTimes | undefined

const NANOSECONDS = 1_000_000_000n

interface Constants {
  currentFolder: number
  dontFollow: number
}

/** AT_FDCWD and AT_SYMLINK_NOFOLLOW, from fcntl.h of each system. */
const CONSTANTS: Partial<Record<NodeJS.Platform, Constants>> = {
  linux: {currentFolder: -100, dontFollow: 0x100},
  darwin: {currentFolder: -2, dontFollow: 0x20},
}

/** Where `struct timespec` is two 64-bit integers, in glibc, musl and macOS alike. */
const ARCHITECTURES: ReadonlySet<string> = new Set(['x64', 'arm64', 'riscv64', 'loong64', 'ppc64', 's390x'])

interface Library {
  utimensat(folder: number, path: Uint8Array, times: BigInt64Array, flags: number): number
  futimens(descriptor: number, times: BigInt64Array): number
  errno(): number
}

function nativeSetter(): SetTimes | undefined {
  const constants = CONSTANTS[process.platform]
  if (constants === undefined || !ARCHITECTURES.has(process.arch)) return undefined
  const library = loadLibrary()
  return library && nativeSetterOn(library, constants)
}

/** Undefined when koffi is not installed, has no binary for this machine, or the C library has no such functions. */
function loadLibrary(): Library | undefined {
  try {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
    // The functions of the C library that this process runs on, whatever its file is called.
    const program = koffi.load(null)
    return {
      utimensat: program.func('int utimensat(int folder, const void *path, const void *times, int flags)'),
      futimens: program.func('int futimens(int descriptor, const void *times)'),
      errno: koffi.errno,
    }
  } catch (error) {
    // However it fails, the answer is the same: the capability is absent, and `hasNanosecondTimes` says so.
    if (error instanceof Error) return undefined
    throw error
  }
}

/** The arguments live in two arrays of the closure: this runs once for each restored file. */
function nativeSetterOn(library: Library, {currentFolder, dontFollow}: Constants): SetTimes {
  const times = new BigInt64Array(4)
  let path = Buffer.alloc(4096)
  return (target, atimeNs, mtimeNs) => {
    putTimespec(times, 0, atimeNs)
    putTimespec(times, 2, mtimeNs)
    if (typeof target === 'number') {
      if (library.futimens(target, times) !== 0) throw systemError(codeOf(library.errno()), 'futimens')
      return
    }
    if (target.length >= path.length) path = Buffer.alloc(target.length + 1)
    path.set(target)
    path[target.length] = 0
    // A NUL inside would name another file than the one that was meant.
    if (path.indexOf(0) !== target.length) throw systemError('EINVAL', 'utimensat', target)
    if (library.utimensat(currentFolder, path, times, dontFollow) !== 0) {
      throw systemError(codeOf(library.errno()), 'utimensat', target)
    }
  }
}

/** `struct timespec` at `index`: whole seconds, rounded down, and the nanoseconds above them. */
function putTimespec(times: BigInt64Array, index: number, ns: bigint): void {
  let seconds = ns / NANOSECONDS
  let rest = ns % NANOSECONDS
  if (rest < 0n) {
    rest += NANOSECONDS
    seconds -= 1n
  }
  times[index] = seconds
  times[index + 1] = rest
}

function setTimesPortably(target: Uint8Array | number, atimeNs: bigint, mtimeNs: bigint): void {
  const atime = decimalSeconds(atimeNs)
  const mtime = decimalSeconds(mtimeNs)
  if (typeof target === 'number') futimesSync(target, atime, mtime)
  else lutimesSync(Buffer.from(target.buffer, target.byteOffset, target.byteLength), atime, mtime)
}

/** As text, because node:fs takes a negative number for "now" and a negative text for what it says. */
function decimalSeconds(ns: bigint): string {
  return String(Number(ns) / 1e9)
}

function codeOf(errno: number): string {
  return getSystemErrorName(-errno)
}

function systemError(code: string, syscall: string, path?: Uint8Array): Error {
  const where = path === undefined ? '' : ` '${displayName(bytesToByteString(path))}'`
  return Object.assign(new Error(`${code}: ${syscall}${where}`), {code, syscall})
}
