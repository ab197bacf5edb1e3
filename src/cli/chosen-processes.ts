import {PocketError} from '../errors.js'
import type {RunningProcess} from '../machine/running-processes.js'

/** All of them, or those of a profile or of a process's number. Throws `usage` for a name that is none of these, while others run. */
export function chosenProcesses(running: readonly RunningProcess[], named: string | undefined): RunningProcess[] {
  if (named === undefined) return [...running]
  const chosen = running.filter(({pid, profile}) => profile === named || String(pid) === named)
  if (chosen.length > 0 || running.length === 0) return chosen
  throw new PocketError('usage', `no run of '${named}' is under way`, {
    hint: `there are ${running.map(({pid, command, profile}) => `${pid} (${command}${profile === undefined ? '' : ` of ${profile}`})`).join(', ')}`,
  })
}
