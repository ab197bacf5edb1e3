/** Writes the file of one run. */
import {closeSync, constants, fsyncSync, ftruncateSync, openSync, readdirSync, renameSync, rmSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {fileError, PocketError, systemCode} from '../errors.js'
import {nowNs} from '../util/clock.js'
import {makeFolders} from '../util/make-folders.js'
import {cutEnd} from './cut-end.js'
import {describeEvent} from './describe-event.js'
import type {Redactor} from '../util/redact.js'
import {END_BYTES, type RunEnd, type RunEvent, runFileName, type RunStart, runsFolder, START_BYTES} from './run-record.js'

export interface JournalOptions {
  stateDirectory: string
  redactor: Redactor
  /** Told once when the journal cannot be written: the run is to go on. */
  onTrouble: (trouble: PocketError) => void
}

/** What was told last is kept in memory, for alarms. */
const TAIL_BYTES = 100 * 1024
/** Of these events a run may have as many as there are files; only the first are written. */
const LIMITED: ReadonlySet<RunEvent['type']> = new Set(['unreadable', 'warning', 'error'])
const MOST_OF_A_TYPE = 1000
/** So many runs are left when the oldest is given up for a new one on a full disk. */
const LEAST_KEPT = 3

export class RunJournal {
  readonly start: RunStart
  readonly path: string
  readonly #options: JournalOptions
  #file: number | undefined
  #position = START_BYTES + END_BYTES
  #trouble: PocketError | undefined
  #lostEvents = 0
  readonly #tail: string[] = []
  #tailBytes = 0
  readonly #counts = new Map<RunEvent['type'], number>()
  #warnings = 0
  #errors = 0

  /** Writes the start, so that it survives a power loss. Never throws for a disk that cannot be written. */
  static async open(start: RunStart, options: JournalOptions): Promise<RunJournal> {
    const journal = new RunJournal(start, options)
    await journal.#begin()
    return journal
  }

  private constructor(start: RunStart, options: JournalOptions) {
    this.start = start
    this.#options = options
    this.path = join(runsFolder(options.stateDirectory, start.profile), runFileName(start))
  }

  get warnings(): number {
    return this.#warnings
  }

  get errors(): number {
    return this.#errors
  }

  /** What has kept it from being written, if anything has. */
  get trouble(): PocketError | undefined {
    return this.#trouble
  }

  /** What was told last, for people, a line each. */
  get tail(): string {
    return this.#tail.join('')
  }

  add(event: RunEvent): void {
    if (event.type === 'warning') this.#warnings++
    if (event.type === 'error' || event.type === 'unreadable') this.#errors++
    const count = (this.#counts.get(event.type) ?? 0) + 1
    this.#counts.set(event.type, count)
    if (count > MOST_OF_A_TYPE && LIMITED.has(event.type)) return
    this.#write(event)
  }

  #write(event: RunEvent): void {
    const timed = this.#options.redactor.redactAll({...event, atMs: nowMs()})
    const line = `${JSON.stringify(timed)}\n`
    this.#keep(`${describeEvent(timed)}\n`)
    if (this.#file === undefined) {
      this.#lostEvents++
      return
    }
    try {
      this.#position += writeAll(this.#file, line, this.#position)
    } catch (error) {
      this.#lostEvents++
      // The next one is written over what is there of it.
      this.#tell(error)
    }
  }

  /** Writes the end where there is room for it, so that it survives a power loss. More events may follow. Never throws for a disk that cannot be written. */
  async finish(end: RunEnd): Promise<void> {
    for (const [type, count] of this.#counts) {
      if (count > MOST_OF_A_TYPE && LIMITED.has(type))
        this.#write({type: 'note', message: `${count - MOST_OF_A_TYPE} more of the kind '${type}' are left out`})
    }
    const lost = this.#lostEvents === 0 ? {} : {lostEvents: this.#lostEvents}
    const line = lineOf(cutEnd(this.#options.redactor.redactAll({...end, ...lost}), END_BYTES - 1), END_BYTES)
    if (this.#file === undefined) await this.#begin()
    if (this.#file === undefined) return
    try {
      writeAll(this.#file, line, START_BYTES)
      fsyncSync(this.#file)
    } catch (error) {
      this.#tell(error)
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  async #begin(): Promise<void> {
    const folder = runsFolder(this.#options.stateDirectory, this.start.profile)
    try {
      await makeFolders(folder)
      this.#file = this.#createFile(folder)
      syncFolder(folder)
    } catch (error) {
      this.#tell(error)
    }
  }

  /** On a full disk the oldest run makes room for this one: its file has it already. */
  #createFile(folder: string): number {
    const text = this.#head()
    try {
      return createWith(this.path, text)
    } catch (error) {
      if (!isFull(error)) throw error
      rmSync(this.path, {force: true})
      const [oldest, ...newer] = readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
      if (oldest === undefined || newer.length < LEAST_KEPT) throw error
      this.#tell(error)
      renameSync(join(folder, oldest), this.path)
      return overwriteWith(this.path, text)
    }
  }

  #head(): string {
    return `${lineOf(this.start, START_BYTES)}${' '.repeat(END_BYTES - 1)}\n`
  }

  #keep(line: string): void {
    this.#tail.push(line)
    this.#tailBytes += line.length
    while (this.#tailBytes > TAIL_BYTES && this.#tail.length > 1) this.#tailBytes -= this.#tail.shift()!.length
  }

  #tell(error: unknown): void {
    const trouble = fileError(error, `cannot write the journal of the run in '${this.#options.stateDirectory}'`)
    if (!(trouble instanceof PocketError)) throw error
    if (this.#trouble) return
    this.#trouble = trouble
    this.#options.onTrouble(trouble)
  }
}

function createWith(path: string, text: string): number {
  // Not for appending: the end is written into its place.
  return writeHead(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600), text)
}

function overwriteWith(path: string, text: string): number {
  const file = writeHead(openSync(path, constants.O_WRONLY), text)
  ftruncateSync(file, START_BYTES + END_BYTES)
  return file
}

/** Leaves the file open. */
function writeHead(file: number, text: string): number {
  try {
    writeAll(file, text, 0)
    fsyncSync(file)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/** The number of bytes. */
function writeAll(file: number, text: string, position: number): number {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done)
  return bytes.length
}

/** `value` as a line of `bytes` bytes, filled up with blanks. */
function lineOf(value: object, bytes: number): string {
  const text = JSON.stringify(value)
  return `${text}${' '.repeat(Math.max(0, bytes - 1 - Buffer.byteLength(text)))}\n`
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')
}

/** So that the file has its name after a power loss. Windows cannot open folders, and needs no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
