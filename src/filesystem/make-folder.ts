/** Makes folders on the way to where something is restored. */
import {mkdirSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {systemCode} from '../errors.js'
import type {ByteString} from '../util/bytes.js'
import {nativePath} from './native-path.js'

/**
 * Makes the folder `path` and those above it that are not there; does nothing when it is there. Throws system errors. Not by way of
 * `recursive: true`, which never returns below /proc, where a folder cannot be made and nothing is missing above it.
 */
export function makeFolder(path: ByteString): void {
  try {
    mkdirSync(nativePath(path))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && statSync(nativePath(path)).isDirectory()) return
    const parent = dirname(path) as ByteString
    if (code !== 'ENOENT' || parent === path) throw error
    makeFolder(parent)
    mkdirSync(nativePath(path))
  }
}
