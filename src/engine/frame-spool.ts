/** A temporary file for frames that a restore needs again and has no memory for. It holds them as they are stored, sealed. */
import {type FileHandle, mkdir, open, statfs, unlink} from 'node:fs/promises'
import {dirname} from 'node:path'
import {systemCode} from '../errors.js'

export interface FrameSpoolOptions {
  /** The file, which must not be there; made when the first frame is written, and gone for others at once where the system can do that. */
  path: string
  /** Bytes of its disk that are somebody else's to fill. */
  reservedBytes: number
  limitBytes?: number
}

const LIMIT_BYTES = 4 * 1024 * 1024 * 1024
/** Frames that wait to be written are in memory. */
const WAITING_BYTES = 16 * 1024 * 1024
/** A part of what is free on its disk stays free. */
const USABLE_PART = 0.5

/** What fails here fails nothing: a frame that is not kept is fetched again. */
export class FrameSpool {
  readonly #options: FrameSpoolOptions
  #opening: Promise<FileHandle> | undefined
  #writing: Promise<unknown> = Promise.resolve()
  #roomBytes: number
  #position = 0
  #waitingBytes = 0
  #isUnlinked = false
  #isClosed = false

  constructor(options: FrameSpoolOptions) {
    this.#options = options
    this.#roomBytes = options.limitBytes ?? LIMIT_BYTES
  }

  /** Whether a frame of `length` bytes may be written. */
  hasRoom(length: number): boolean {
    return this.#position + this.#waitingBytes + length <= this.#roomBytes && this.#waitingBytes + length <= WAITING_BYTES
  }

  /** Writes a frame when it is there; where it lies, or undefined when it never came or could not be written. */
  async write(frame: Promise<Uint8Array | undefined>, length: number): Promise<number | undefined> {
    this.#waitingBytes += length
    try {
      const bytes = await frame
      if (!bytes) return undefined
      // One after the other, so that each has a place of its own.
      const written = this.#writing.then(() => this.#append(bytes))
      this.#writing = written
      return await written
    } finally {
      this.#waitingBytes -= length
    }
  }

  /** The frame that was written at `position`, or undefined when it cannot be read. */
  async read(position: number, length: number): Promise<Uint8Array | undefined> {
    const file = await this.#file()
    if (!file) return undefined
    const bytes = Buffer.allocUnsafeSlow(length)
    try {
      for (let done = 0; done < length; ) {
        const {bytesRead} = await file.read(bytes, done, length - done, position + done)
        if (bytesRead === 0) return undefined
        done += bytesRead
      }
      return bytes
    } catch (error) {
      return this.#giveUp(error)
    }
  }

  /** Takes the file away. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
    const file = await this.#file()
    this.#roomBytes = 0
    this.#opening = undefined
    await file?.close()
    if (file && !this.#isUnlinked) await this.#unlink()
  }

  async #append(bytes: Uint8Array): Promise<number | undefined> {
    if (this.#isClosed) return undefined
    try {
      this.#opening ??= this.#open()
      const file = await this.#opening
      const position = this.#position
      if (position + bytes.length > this.#roomBytes) return undefined
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
      }
      this.#position += bytes.length
      return position
    } catch (error) {
      return this.#giveUp(error)
    }
  }

  /** Opened for this process alone; where an open file can be taken away it is, so that nothing stays whatever ends the process. */
  async #open(): Promise<FileHandle> {
    const {path, reservedBytes} = this.#options
    const folder = dirname(path)
    await mkdir(folder, {recursive: true, mode: 0o700})
    const {bavail, bsize} = await statfs(folder)
    this.#roomBytes = Math.min(this.#roomBytes, Math.max(0, bavail * bsize - reservedBytes) * USABLE_PART)
    const file = await open(path, 'wx+', 0o600)
    await this.#unlink()
    return file
  }

  async #unlink(): Promise<void> {
    try {
      await unlink(this.#options.path)
      this.#isUnlinked = true
    } catch (error) {
      // Of an open file some systems refuse it; it is tried again when the file is closed.
      if (systemCode(error) === undefined) throw error
    }
  }

  async #file(): Promise<FileHandle | undefined> {
    try {
      return await this.#opening
    } catch (error) {
      return this.#giveUp(error)
    }
  }

  /** Nothing more is written after an error of the disk; anything else is a bug. */
  #giveUp(error: unknown): undefined {
    if (systemCode(error) === undefined) throw error
    this.#roomBytes = 0
    return undefined
  }
}
