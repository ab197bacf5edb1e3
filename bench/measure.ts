/** One timed run of one program. */
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PocketError} from '../src/errors.js'
import {monotonicMs} from '../src/util/clock.js'
import {type Command, commandLine, execute, requireProgram} from './command.js'
import {throwIfInterrupted} from './interrupt.js'

export interface Measurement {
  wallSeconds: number
  /** User and system time of the program and of all its descendants that it waited for. */
  cpuSeconds: number
  /** The largest resident set of any one process of the tree. */
  peakBytes: number
}

/**
 * Runs `command` under GNU time. Throws `io-failed` when it ends with anything but 0: a failed run has no time; `interrupted` after Ctrl-C.
 * GNU time, not `process.resourceUsage()`: a child started by Node inherits Node's own peak, one started by `time` does not.
 */
export async function measure(command: Command): Promise<Measurement> {
  throwIfInterrupted()
  const time = requireProgram('time', 'time')
  const folder = await mkdtemp(join(tmpdir(), 'pocket-bench-'))
  const report = join(folder, 'time')
  try {
    const timed = {...command, program: time, arguments: ['-f', '%U %S %M', '-o', report, '--', command.program, ...command.arguments]}
    const startMs = monotonicMs()
    const {status, output, errors} = await execute(timed)
    const wallSeconds = (monotonicMs() - startMs) / 1000
    throwIfInterrupted()
    if (status !== 0) {
      throw new PocketError('io-failed', `'${commandLine(command)}' ended with ${status}: ${errors.trim() || output.slice(-2000).trim()}`)
    }
    return {wallSeconds, ...parseTimes(await readFile(report, 'utf8'))}
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

function parseTimes(report: string): {cpuSeconds: number; peakBytes: number} {
  const [user, system, peakKib] = (report.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (![user, system, peakKib].every(Number.isFinite))
    throw new PocketError('io-failed', `cannot read the report of time: '${report.trim()}'`)
  return {cpuSeconds: user + system, peakBytes: peakKib * 1024}
}
