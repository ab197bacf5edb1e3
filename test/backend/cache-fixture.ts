/** A cache over an object in memory, and what may happen to its files. */
import {mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {type CacheOptions, cachedBackend} from '../../src/backend/cache.js'
import {type CountedBackend, countedBackend} from '../../src/backend/count.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import {pattern} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

export const everything = {isCached: () => true, verify: () => true}

export const NAME = 'chunks/3f/a'
export const SIZE = 300_000
export const OBJECT = pattern(SIZE)

interface Fixture {
  backend: Backend
  counted: CountedBackend
  directory: string
  /** The file of the cached copy of NAME. */
  copy: string
  warnings: PocketError[]
}

/** A cache over a memory backend that holds OBJECT under NAME; `verify` compares with it. */
export async function fixture(t: ExecutionContext, options: Partial<CacheOptions> = {}): Promise<Fixture> {
  const counted = countedBackend(createMemoryBackend(new Map([[NAME, OBJECT]])))
  const directory = join(temporaryFolder(t), 'cache')
  const warnings: PocketError[] = []
  const backend = cachedBackend(counted, {
    directory,
    isCached: (name) => name.startsWith('chunks/'),
    verify: (_name, bytes) => Buffer.compare(bytes, OBJECT) === 0,
    onWarning: (warning) => warnings.push(warning),
    ...options,
  })
  return {backend, counted, directory, copy: join(directory, NAME), warnings}
}

export function assertBytes(t: ExecutionContext, actual: Uint8Array, expected: Uint8Array): void {
  t.true(Buffer.compare(actual, expected) === 0, `${actual.length} bytes that differ`)
}

export const DAMAGES: [string, (copy: string) => void][] = [
  ['emptied', (copy) => truncateSync(copy, 0)],
  ['cut short', (copy) => truncateSync(copy, SIZE - 1000)],
  ['cut by a byte', (copy) => truncateSync(copy, statSync(copy).size - 1)],
  ['only the bytes of the object', (copy) => truncateSync(copy, SIZE)],
  ['longer', (copy) => writeFileSync(copy, 'x', {flag: 'a'})],
  ['flipped at the start', (copy) => flip(copy, 0)],
  ['flipped in the middle', (copy) => flip(copy, 150_000)],
  ['flipped in the last byte', (copy) => flip(copy, SIZE - 1)],
  ['flipped in the checksums', (copy) => [0, 1, 2, 3, 4].forEach((block) => flip(copy, SIZE + block * 4))],
  ['flipped in the length', (copy) => flip(copy, statSync(copy).size - 16)],
  ['flipped in the magic', (copy) => flip(copy, statSync(copy).size - 1)],
  ['zeroed, as after a power loss', (copy) => writeFileSync(copy, Buffer.alloc(statSync(copy).size))],
  ['another object', (copy) => writeFileSync(copy, pattern(SIZE, 9))],
  [
    'a folder',
    (copy) => {
      rmSync(copy)
      mkdirSync(copy)
    },
  ],
]

export function flip(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset] ^= 1
  writeFileSync(path, bytes)
}
