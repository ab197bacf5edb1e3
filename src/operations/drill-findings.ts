/** What a drill found wrong, each told once. */
import {isDamage, type PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import type {DrillEvent} from './drill-events.js'

export class DrillFindings {
  readonly #emit: (event: DrillEvent) => void
  readonly #told = new Set<string>()
  damagedObjects = 0
  damagedPaths = 0
  rotten = 0

  constructor(onEvent: ((event: DrillEvent) => void) | undefined) {
    this.#emit = (event) => onEvent?.(event)
  }

  /** An object is damaged or gone. */
  object({code, message, hint}: PocketError): void {
    if (!this.#isNew(message)) return
    this.damagedObjects++
    this.#emit({type: 'damaged-object', code, message, ...(hint !== undefined && {hint})})
  }

  /** What is at `path` in a snapshot cannot be had as it was. */
  damaged(path: string, snapshot: ObjectId, error: PocketError): void {
    if (isDamage(error)) this.object(error)
    const {code, message} = error
    if (!this.#isNew(`${path}\0${message}`)) return
    this.damagedPaths++
    this.#emit({type: 'damaged-path', path, code, message, snapshots: [snapshot]})
  }

  rot(path: string, snapshot: ObjectId): void {
    this.rotten++
    const message =
      'its content is not what was stored of it, though its size, times and inode are: the file on this machine has rotted, the snapshot is whole'
    this.#emit({type: 'rotten', path, message, snapshot})
  }

  warn(path: string, message: string): void {
    this.#emit({type: 'warning', path, message})
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key)) return false
    this.#told.add(key)
    return true
  }
}
