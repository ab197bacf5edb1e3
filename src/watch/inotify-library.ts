/**
 * inotify(7) of Linux, by way of the optional package koffi. @parcel/watcher has it too, but keeps to itself when the kernel drops events, and
 * does not follow folders that are moved (docs/decisions/0012-watching.md). A wrong prototype would end the process: all of them are here.
 */
import {createRequire} from 'node:module'
import {getSystemErrorName} from 'node:util'

export interface Inotify {
  /** A descriptor that does not block. Throws system errors. */
  open(): number
  /** Watches a folder, which is no link; a folder that is watched already keeps its number. Throws system errors. */
  add(descriptor: number, path: Uint8Array): number
  /** One that is not there any more is no error. */
  remove(descriptor: number, watch: number): void
  /** Puts events that are there into `buffer`; how many bytes, 0 for none. Throws system errors. */
  read(descriptor: number, buffer: Uint8Array): number
  close(descriptor: number): void
}

/** From inotify.h; the same on every architecture below. */
export const EVENT = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
  unmount: 0x2000,
  overflow: 0x4000,
  ignored: 0x8000,
  isDirectory: 0x4000_0000,
} as const

const ONLY_DIRECTORIES = 0x0100_0000
const DONT_FOLLOW = 0x0200_0000
const EXCLUDE_UNLINKED = 0x0400_0000
const MASK =
  EVENT.modify |
  EVENT.attributes |
  EVENT.closeWrite |
  EVENT.movedFrom |
  EVENT.movedTo |
  EVENT.create |
  EVENT.delete |
  EVENT.deleteSelf |
  EVENT.moveSelf |
  ONLY_DIRECTORIES |
  DONT_FOLLOW |
  EXCLUDE_UNLINKED
const NON_BLOCKING = 0x800
const CLOSE_ON_EXEC = 0x8_0000
const ARCHITECTURES: ReadonlySet<string> = new Set(['x64', 'arm64', 'riscv64', 'loong64', 'ppc64', 's390x'])

/** Undefined on other systems, and where koffi is not installed. */
export function loadInotify(): Inotify | undefined {
  if (process.platform !== 'linux' || !ARCHITECTURES.has(process.arch)) return undefined
  try {
    return bind(createRequire(import.meta.url)('koffi') as typeof import('koffi'))
  } catch (error) {
    // However it fails, the answer is the same: it cannot be had.
    if (error instanceof Error) return undefined
    throw error
  }
}

type Call = (...values: unknown[]) => unknown

function bind(koffi: typeof import('koffi')): Inotify {
  const program = koffi.load(null)
  const [init, add, remove, read, close] = [
    'int inotify_init1(int flags)',
    'int inotify_add_watch(int descriptor, const void *path, uint32_t mask)',
    'int inotify_rm_watch(int descriptor, int watch)',
    'int64_t read(int descriptor, void *buffer, uint64_t length)',
    'int close(int descriptor)',
  ].map((prototype): Call => program.func(prototype))
  const {EAGAIN, EINTR} = koffi.os.errno
  const checked = (result: unknown, syscall: string): number => {
    const number = Number(result)
    if (number >= 0) return number
    const errno = koffi.errno()
    if (syscall === 'read' && (errno === EAGAIN || errno === EINTR)) return 0
    const code = getSystemErrorName(-errno)
    throw Object.assign(new Error(`${code}: ${syscall}`), {code, syscall})
  }
  return {
    open: () => checked(init(NON_BLOCKING | CLOSE_ON_EXEC), 'inotify_init1'),
    add: (descriptor, path) => checked(add(descriptor, Buffer.concat([path, Buffer.alloc(1)]), MASK), 'inotify_add_watch'),
    remove: (descriptor, watch) => void remove(descriptor, watch),
    read: (descriptor, buffer) => checked(read(descriptor, buffer, buffer.length), 'read'),
    close: (descriptor) => void close(descriptor),
  }
}
