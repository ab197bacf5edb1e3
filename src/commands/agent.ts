import {agentJson, agentLine} from '../cli/reporters/agent-events.js'
import {configFlags, outputFlags} from '../cli/flags.js'
import {PocketCommand} from '../cli/pocket-command.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export default class Agent extends PocketCommand {
  static override summary = 'run all schedules as long as it runs, where nothing else does'
  static override description =
    'For containers, and machines that have neither systemd nor cron. Of each profile one run at a time; the config file is read again when it changes. SIGTERM or Ctrl-C ends it when its runs have noted what they did.'
  static override examples = ['<%= config.bin %> agent', '<%= config.bin %> agent --config /etc/pocket.toml --json']
  static override flags = {...outputFlags, ...configFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Agent)
    const {runRealAgent} = await import('../cli/schedule/run-agent.js')
    const controller = new AbortController()
    const end = (): void => controller.abort()
    for (const name of SIGNALS) process.on(name, end)
    try {
      await runRealAgent(flags, controller.signal, (event) => {
        if (flags.json) this.printJson('agent', agentJson(event, Date.now()))
        else if (!flags.quiet || event.type === 'trouble') this.errorOutput.line(agentLine(event, Date.now()))
      })
    } finally {
      for (const name of SIGNALS) process.off(name, end)
    }
  }
}
