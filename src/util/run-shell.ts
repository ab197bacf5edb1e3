/** Runs a command of the user's in a shell, and ends it with everything that it has begun. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as delay} from 'node:timers/promises'
import {systemCode} from '../errors.js'
import {monotonicMs} from './clock.js'
import {inAdvance} from './concurrency.js'

export interface ShellOptions {
  environment: NodeJS.ProcessEnv
  /** Written to its standard input; nothing unless given. */
  input?: string
  /** It is ended after so many ms. */
  timeoutMs: number
  /** Ends it. */
  signal?: AbortSignal
  /** So much of what it says is kept, of the end. */
  keepBytes: number
  /** Only standard output is kept. */
  output?: 'both' | 'stdout'
  /** How long it has to end by itself when it is told to, in ms. */
  graceMs?: number
}

export interface ShellResult {
  /** Undefined when a signal ended it, or it could not be started. */
  exitCode: number | undefined
  isTimedOut: boolean
  /** What it said at last. */
  output: string
  /** Of what it said before. */
  leftOutBytes: number
  elapsedMs: number
}

const GRACE_MS = 10_000
/** What a command that has ended leaves running may hold its output open: it is not waited for longer. */
const DRAIN_MS = 1000
const POLL_MS = 50
/** It is gone at once, but for what only its parent can put away. */
const KILL_MS = 1000

/** Never rejects for what the command does. */
export async function runShell(command: string, options: ShellOptions): Promise<ShellResult> {
  const startMs = monotonicMs()
  // A group of its own, so that it can be ended with all that it starts.
  const isGrouped = process.platform !== 'win32'
  const stdin = options.input === undefined ? 'ignore' : 'pipe'
  const child = spawn(command, {
    shell: true,
    detached: isGrouped,
    windowsHide: true,
    stdio: [stdin, 'pipe', 'pipe'],
    env: options.environment,
  })
  const tail = new Tail(options.keepBytes)
  child.stdout?.on('data', (bytes: Buffer) => tail.add(bytes))
  child.stderr?.on('data', (bytes: Buffer) => (options.output === 'stdout' ? undefined : tail.add(bytes)))
  feed(child, options.input)
  const watch = new Watch(child, options)
  const closed = inAdvance(once(child, 'close'))
  const exitCode = await ended(child, tail)
  await watch.stop()
  await drained(closed)
  child.stdout?.destroy()
  child.stderr?.destroy()
  const {text, leftOutBytes} = tail
  return {exitCode, isTimedOut: watch.isTimedOut, output: text, leftOutBytes, elapsedMs: monotonicMs() - startMs}
}

/** A command that does not read its input is no error. */
function feed(child: ChildProcess, input: string | undefined): void {
  child.stdin?.on('error', (error) => {
    if (systemCode(error) === undefined) throw error
  })
  child.stdin?.end(input)
}

async function ended(child: ChildProcess, tail: Tail): Promise<number | undefined> {
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    tail.add(Buffer.from(error instanceof Error ? error.message : String(error)))
    return undefined
  }
}

/** Its output is whole, or held open by what it has left running. */
async function drained(closed: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  // One that could not be started has said nothing.
  await Promise.race([closed.catch(() => undefined), delay(DRAIN_MS, undefined, {signal: timer.signal}).catch(() => undefined)])
  timer.abort()
}

/** Ends a command that takes too long, or that nobody waits for any more. */
class Watch {
  isTimedOut = false
  readonly #child: ChildProcess
  readonly #options: ShellOptions
  readonly #timer: NodeJS.Timeout
  #ending: Promise<void> | undefined

  constructor(child: ChildProcess, options: ShellOptions) {
    this.#child = child
    this.#options = options
    this.#timer = setTimeout(() => {
      this.isTimedOut = true
      this.#end()
    }, options.timeoutMs)
    if (options.signal?.aborted) this.#end()
    else options.signal?.addEventListener('abort', this.#end, {once: true})
  }

  /** When the command is gone, and all of its group if it was ended. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#end)
    await this.#ending
  }

  readonly #end = (): void => {
    const {pid} = this.#child
    if (pid !== undefined) this.#ending ??= endGroup(pid, this.#options.graceMs ?? GRACE_MS)
  }
}

async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (process.platform === 'win32') {
    await once(spawn('taskkill', ['/pid', String(pid), '/t', '/f'], {stdio: 'ignore', windowsHide: true}), 'exit')
    return
  }
  if (!signalGroup(pid, 'SIGTERM') || (await isGoneWithin(pid, graceMs))) return
  signalGroup(pid, 'SIGKILL')
  await isGoneWithin(pid, KILL_MS)
}

async function isGoneWithin(pid: number, limitMs: number): Promise<boolean> {
  const untilMs = monotonicMs() + limitMs
  while (signalGroup(pid, 0)) {
    if (monotonicMs() > untilMs) return false
    await delay(POLL_MS)
  }
  return true
}

/** Whether anybody of the group was there. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    // Somebody of it has become another user.
    if (systemCode(error) === 'EPERM') return true
    throw error
  }
}

/** The last bytes of a stream. */
class Tail {
  readonly #limit: number
  #parts: Buffer[] = []
  #bytes = 0
  leftOutBytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  add(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    while (this.#bytes > this.#limit) {
      const [first] = this.#parts
      const extra = Math.min(first.length, this.#bytes - this.#limit)
      if (extra === first.length) this.#parts.shift()
      else this.#parts[0] = first.subarray(extra)
      this.#bytes -= extra
      this.leftOutBytes += extra
    }
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }
}
