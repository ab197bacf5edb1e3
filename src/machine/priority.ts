import {readdir} from 'node:fs/promises'
import {constants, setPriority} from 'node:os'
import type {Machine} from './machine.js'

/**
 * Has this process give way to everything else, in computing and, on Linux, on the disk. Threads and programs that it starts from now on do so,
 * too, so this is called before there are any. Resolves with what could not be done, in words.
 */
export async function giveWay(machine: Machine): Promise<string[]> {
  const threads = machine.platform === 'linux' ? await threadsOfThisProcess() : []
  // Linux has a priority for each thread, and those of Node itself are there already.
  const refusals = [0, ...threads].map(lowerPriority).filter((code) => code !== undefined)
  const problems = refusals.length === 0 ? [] : [`the priority cannot be lowered: ${refusals[0]}`]
  if (machine.platform !== 'linux') return problems
  const {code} = await machine.runCommand('ionice', ['-c', '3', '-p', ...threads.map(String)])
  // 127: there is no ionice, which costs little: nice alone gives way on disks, too, where the scheduler knows of it.
  return code === 0 || code === 127 ? problems : [...problems, 'the priority on the disk cannot be lowered']
}

async function threadsOfThisProcess(): Promise<number[]> {
  return (await readdir('/proc/self/task')).map(Number)
}

/** The system's code when it was refused. A thread that has ended meanwhile needs no priority. */
function lowerPriority(thread: number): string | undefined {
  try {
    setPriority(thread, constants.priority.PRIORITY_LOW)
    return undefined
  } catch (error) {
    const code = refusalOf(error)
    return code === 'ESRCH' ? undefined : code
  }
}

/** Node puts what the system said into `info`. Throws what is no refusal. */
function refusalOf(error: unknown): string {
  if (error instanceof Error && 'info' in error) {
    const {code} = error.info as {code?: unknown}
    if (typeof code === 'string') return code
  }
  throw error
}
