/**
 * Programs that run beside a test, in a folder of their own. They end, and the folder goes, with `stop()` or with this
 * process, however that ends: a shell waits for a pipe to close that only this process holds open, and then clears up.
 */
import {type ChildProcess, execFile, execFileSync, type SpawnOptions, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chownSync, closeSync, existsSync, mkdirSync, openSync} from 'node:fs'
import {mkdtemp, readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** Whom the programs run as when the tests run as root: a user that no system has a name for. */
const ORDINARY_USER = 54_321

/** Where services are started: Debian's Ceph 18 looks for its plugins by paths relative to it. */
const WORKING_FOLDER = '/'

/** Kills by process id what still has the folder in its command line, so that no id that was given away again is hit. */
const CARETAKER = `
trap '' INT TERM HUP
read -r _
for file in "$1"/pid/*; do
  [ -e "$file" ] || continue
  read -r pid < "$file"
  if tr '\\0' ' ' < "/proc/$pid/cmdline" | grep -qF -- "$1"; then kill -9 "$pid"; fi
done 2>/dev/null
for attempt in 1 2 3 4 5; do rm -rf -- "$1" 2>/dev/null && break; sleep 0.1; done
`
/** Notes its process id, then becomes the program; so there is no instant at which it runs and nobody knows its id. */
const START = 'echo $$ > "$1"; shift; exec "$@"'

export class ProcessGroup {
  /** Empty at first, and owned by the user that the programs run as. */
  readonly folder: string
  readonly #identity: {uid?: number; gid?: number}
  readonly #caretaker: ChildProcess
  readonly #running = new Map<string, ChildProcess>()

  private constructor(folder: string, identity: {uid?: number; gid?: number}) {
    this.folder = folder
    this.#identity = identity
    // As this process's own user, who may remove what this process has made.
    this.#caretaker = this.#spawn('sh', ['-c', CARETAKER, 'caretaker', folder], ['pipe', 'ignore', 'ignore'], {})
    ;(this.#caretaker.stdin as unknown as {unref(): void}).unref()
  }

  /** Makes the folder in the system's folder for temporary files; its name starts with `prefix`. */
  static async create(prefix: string): Promise<ProcessGroup> {
    const folder = await mkdtemp(join(tmpdir(), prefix))
    const group = new ProcessGroup(folder, ordinaryIdentity())
    for (const path of [folder, join(folder, 'pid')]) group.#makeFolder(path)
    return group
  }

  /** Makes `name` inside the folder, for the programs to write in. */
  makeFolder(name: string): string {
    const path = join(this.folder, name)
    this.#makeFolder(path)
    return path
  }

  /** Runs a program to its end and gives its standard output. Throws, with what it said, when it does not end with 0. */
  run(command: string, words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = {...this.#identity, cwd: WORKING_FOLDER, env: environment(this.folder), maxBuffer: 2 ** 26}
      execFile(command, words, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`${command} failed: ${stderr.trim() || error.message}`))
      })
    })
  }

  /** Starts a program that goes on until it is killed. The folder's name must be among its words. What it says goes to `NAME.out`. */
  start(name: string, command: string, words: readonly string[]): void {
    const output = openSync(join(this.folder, `${name}.out`), 'a')
    const child = this.#spawn('sh', ['-c', START, 'start', join(this.folder, 'pid', name), command, ...words], ['ignore', output, output])
    closeSync(output)
    this.#running.set(name, child)
  }

  /** Throws, with what it said last, when a program that was started has ended by itself. */
  async checkRunning(): Promise<void> {
    for (const [name, child] of this.#running) {
      if (!hasEnded(child)) continue
      const output = await readFile(join(this.folder, `${name}.out`), 'utf8')
      throw new Error(`${name} has ended (${child.exitCode ?? child.signalCode}): ${output.trim().split('\n').slice(-5).join('\n')}`)
    }
  }

  /** The process ids of the programs that were started, by their names. */
  processIds(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([name, child]) => [name, child.pid as number]))
  }

  /** Kills a program as a power loss would, and returns when it is gone. */
  async kill(name: string): Promise<void> {
    const child = this.#running.get(name)
    if (child === undefined) throw new Error(`${name} is not running`)
    this.#running.delete(name)
    child.kill('SIGKILL')
    await ended(child)
  }

  /** Kills all programs and removes the folder; a second call does nothing. */
  async stop(): Promise<void> {
    this.#caretaker.stdin?.end()
    await Promise.all([...this.#running.values(), this.#caretaker].map(ended))
    this.#running.clear()
  }

  #spawn(command: string, words: readonly string[], stdio: SpawnOptions['stdio'], identity = this.#identity): ChildProcess {
    // In a session of its own, so that Ctrl-C and `timeout` end this process and not, at the same time, what it clears up.
    const options = {...identity, cwd: WORKING_FOLDER, env: environment(this.folder), stdio, detached: true}
    const child = spawn(command, words, options)
    child.on('error', () => undefined)
    child.unref()
    return child
  }

  #makeFolder(path: string): void {
    if (!existsSync(path)) mkdirSync(path)
    const {uid, gid} = this.#identity
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.ref()
  await once(child, 'exit')
}

function ordinaryIdentity(): {uid?: number; gid?: number} {
  const identity = {uid: ORDINARY_USER, gid: ORDINARY_USER}
  if (process.getuid?.() !== 0) return {}
  try {
    execFileSync('true', {...identity, stdio: 'ignore', cwd: '/'})
    return identity
  } catch (error) {
    // As in a container whose root may not become anybody else.
    if (error instanceof Error) return {}
    throw error
  }
}

/** That of this process, without what would lead the programs out of their folder. */
function environment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('CEPH_'))
  return {...Object.fromEntries(kept), HOME: folder, LC_ALL: 'C'}
}
