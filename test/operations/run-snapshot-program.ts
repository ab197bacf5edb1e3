/** Starts test/operations/snapshot-program.ts. */
import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {KEY_FILE, type Place} from './repository-place.js'
import type {ProgramAnswer, ProgramRequest} from './snapshot-program.js'

const PROGRAM = fileURLToPath(new URL('./snapshot-program.js', import.meta.url))

export interface RunningProgram {
  child: ChildProcess
  /** Rejects when the program ends without an answer. */
  answer: Promise<ProgramAnswer>
}

/** A request for a snapshot of `place`'s source into its repository, which `KEY_FILE` opens. */
export function requestFor({location, cacheDirectory, source}: Place, options: Partial<ProgramRequest> = {}): ProgramRequest {
  if (KEY_FILE.type !== 'key-file') throw new TypeError('the program takes a key file')
  return {location, cacheDirectory, key: Buffer.from(KEY_FILE.key).toString('hex'), paths: [source], ...options}
}

export function startProgram(request: ProgramRequest): RunningProgram {
  const child = fork(PROGRAM, [JSON.stringify(request)], {stdio: ['ignore', 'pipe', 'inherit', 'ipc'], cwd: '/'})
  return {child, answer: answerOf(child)}
}

async function answerOf(child: ChildProcess): Promise<ProgramAnswer> {
  let text = ''
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString()
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`the program ended with ${code ?? signal}: ${text}`)
  return JSON.parse(text) as ProgramAnswer
}
