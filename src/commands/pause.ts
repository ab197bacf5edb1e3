import {string as stringArgument} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {outputFlags} from '../cli/flags.js'
import {parseSpan} from '../cli/parse-span.js'
import {stateDirectory} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {chosenProcesses} from '../cli/chosen-processes.js'
import {processJson, processLine} from '../cli/reporters/process-list.js'

export default class Pause extends PocketCommand {
  static override summary = 'have runs that are under way stand still'
  static override description =
    `They send, receive and read nothing any more until 'pocket resume', within a second or two; what was begun is brought to an end first.
Without a name, all of yours on this machine. SIGUSR1 pauses a process too, and SIGUSR2 has it go on. Exit code 1: nothing runs.`
  static override examples = ['<%= config.bin %> pause', '<%= config.bin %> pause home --for 2h']
  static override args = {run: stringArgument({description: 'a profile, or the number of a process', ignoreStdin: true})}
  static override flags = {
    ...outputFlags,
    for: string({description: 'go on by itself after so long', helpValue: '30m|2h'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Pause)
    const untilMs = flags.for === undefined ? undefined : Date.now() + parseSpan(flags.for, '--for')
    const {pauseProcess, runningProcesses} = await import('../machine/running-processes.js')
    const chosen = chosenProcesses(runningProcesses(stateDirectory()), args.run)
    for (const {pid} of chosen) pauseProcess(stateDirectory(), pid, untilMs)
    if (flags.json) this.printJson('processes', {processes: chosen.map((one) => processJson({...one, isPaused: true}))})
    else if (chosen.length === 0) this.notice(['nothing runs that could pause'], flags)
    else if (!flags.quiet) this.printLines(chosen.map((one) => processLine('paused', one)))
    return chosen.length === 0 ? exitCodes.failed : exitCodes.done
  }
}
