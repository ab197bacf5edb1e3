/** What a walk has to say of single entries: told, counted, and recorded in the directory where it belongs. */
import {type PocketError, systemCode} from '../errors.js'
import {type ByteString, displayName} from '../util/bytes.js'
import type {DirectoryBuilder} from './directory-builder.js'
import type {SkipReason, SnapshotEvent} from './snapshot-events.js'
import type {SnapshotTally} from './snapshot-tally.js'

export interface WalkNotesOptions {
  tally: SnapshotTally
  emit: (event: SnapshotEvent) => void
  onWarning: (error: PocketError) => void
}

interface EntryFailure {
  code: string
  message: string
}

export class WalkNotes {
  readonly #options: WalkNotesOptions
  #hasWarned = false

  constructor(options: WalkNotesOptions) {
    this.#options = options
  }

  /** An entry that is recorded as one that could not be read. Throws what is no error of the system. */
  unreadable(builder: DirectoryBuilder, entry: number, path: ByteString, error: unknown): void {
    this.error(builder, entry, path, describeSystemError(error))
  }

  error(builder: DirectoryBuilder, entry: number, path: ByteString, {code, message}: EntryFailure): void {
    builder.addError(entry, code, message)
    this.#options.tally.unreadable++
    this.#options.emit({type: 'unreadable', path: displayName(path), code, message})
  }

  /** What cannot be read but stays as the parent has it, or is left out because it was not picked. */
  unrecorded(path: ByteString, error: unknown): void {
    this.#options.tally.unrecorded++
    this.#options.emit({type: 'unreadable', path: displayName(path), ...describeSystemError(error)})
  }

  skip(path: ByteString, reason: SkipReason): void {
    this.#options.tally.skipped++
    this.#options.emit({type: 'skipped', path: displayName(path), reason})
  }

  /** The first warning alone: the others are about the same. */
  readonly warnOnce = (error: PocketError): void => {
    if (!this.#hasWarned) this.#options.onWarning(error)
    this.#hasWarned = true
  }
}

/** Throws anything else. */
function describeSystemError(error: unknown): EntryFailure {
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : String(error)}
}
