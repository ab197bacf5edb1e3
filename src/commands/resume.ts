import {string as stringArgument} from '@oclif/core/args'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {outputFlags} from '../cli/flags.js'
import {stateDirectory} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {chosenProcesses} from '../cli/chosen-processes.js'
import {processJson, processLine} from '../cli/reporters/process-list.js'

export default class Resume extends PocketCommand {
  static override summary = 'have runs go on that were paused'
  static override description = `Without a name, all of yours on this machine. Exit code 1: none is paused.`
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume home']
  static override args = {run: stringArgument({description: 'a profile, or the number of a process', ignoreStdin: true})}
  static override flags = {...outputFlags}

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Resume)
    const {resumeProcess, runningProcesses} = await import('../machine/running-processes.js')
    const chosen = chosenProcesses(runningProcesses(stateDirectory()), args.run).filter(({isPaused}) => isPaused)
    for (const {pid} of chosen) resumeProcess(stateDirectory(), pid)
    if (flags.json) this.printJson('processes', {processes: chosen.map((one) => processJson({...one, isPaused: false}))})
    else if (chosen.length === 0) this.notice(['nothing is paused'], flags)
    else if (!flags.quiet) this.printLines(chosen.map((one) => processLine('goes on', one)))
    return chosen.length === 0 ? exitCodes.failed : exitCodes.done
  }
}
