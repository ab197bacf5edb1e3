/**
 * A program that takes one snapshot, for tests of what only another process can do: be another user, be killed, be one of many. Its
 * request is JSON in argv[2]; its answer is a line of JSON. With `waits` it loads everything, says `ready`, and begins when it is sent
 * a message.
 */
import {once} from 'node:events'
import {isPocketError} from '../../src/errors.js'
import {openRepository, type SnapshotEvent, takeSnapshot} from '../../src/index.js'

export interface ProgramRequest {
  location: string
  cacheDirectory?: string
  /** Hex of a key file's 32 bytes. */
  key: string
  paths: readonly string[]
  /** The user and group to become before anything is opened. */
  user?: number
  workers?: number
  waits?: boolean
  compression?: 'off'
  /** The only changes to take in. */
  picked?: readonly string[]
  checkpointMs?: number
}

export interface ProgramAnswer {
  id?: string
  unreadable?: number
  bytesRead?: number
  files?: {new: number; changed: number; unchanged: number}
  events: SnapshotEvent[]
  /** Of a PocketError; anything else ends the program. */
  error?: {code: string; message: string}
}

async function answer({
  location,
  cacheDirectory,
  key,
  paths,
  workers,
  compression,
  picked,
  checkpointMs,
}: ProgramRequest): Promise<ProgramAnswer> {
  const events: SnapshotEvent[] = []
  try {
    const secret = {type: 'key-file' as const, key: Buffer.from(key, 'hex')}
    const repository = await openRepository({location, cacheDirectory, secret})
    const onEvent = (event: SnapshotEvent) => event.type !== 'progress' && events.push(event)
    const picks = picked?.map((path) => ({pathBytes: Buffer.from(path)}))
    const options = {paths, workers, compression, checkpointMs, picked: picks, onEvent}
    const {id, unreadable, summary} = await takeSnapshot(repository, options)
    await repository.close()
    return {id, unreadable, bytesRead: summary.bytesRead, files: summary.files, events}
  } catch (error) {
    if (!isPocketError(error)) throw error
    return {events, error: {code: error.code, message: error.message}}
  }
}

const request = JSON.parse(process.argv[2]) as ProgramRequest
if (request.user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(request.user)
  process.setuid?.(request.user)
}
if (request.waits) {
  process.send?.('ready')
  await once(process, 'message')
  process.disconnect()
}
process.stdout.write(`${JSON.stringify(await answer(request))}\n`)
