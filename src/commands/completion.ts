import {string as stringArgument} from '@oclif/core/args'
import {commandModel} from '../cli/completion/command-model.js'
import {outputFlags} from '../cli/flags.js'
import {PocketCommand} from '../cli/pocket-command.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
type Shell = (typeof SHELLS)[number]

export default class Completion extends PocketCommand {
  static override summary = 'print a script that completes commands and flags in your shell'
  static override description = `bash:        eval "$(pocket completion bash)", in ~/.bashrc
zsh:         eval "$(pocket completion zsh)", in ~/.zshrc after compinit
fish:        pocket completion fish > ~/.config/fish/completions/pocket.fish
PowerShell:  pocket completion powershell | Out-String | Invoke-Expression, in $PROFILE`
  static override examples = ['<%= config.bin %> completion bash']
  static override args = {
    shell: stringArgument({description: 'your shell', required: true, options: [...SHELLS], ignoreStdin: true}),
  }
  static override flags = {...outputFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Completion)
    const script = await completionScript(args.shell as Shell, commandModel(this.config))
    if (flags.json) this.printJson('completion', {shell: args.shell, script})
    else await this.output.write(script)
  }
}

async function completionScript(shell: Shell, model: ReturnType<typeof commandModel>): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../cli/completion/bash.js')).bashCompletion(model)
    case 'zsh':
      return (await import('../cli/completion/zsh.js')).zshCompletion(model)
    case 'fish':
      return (await import('../cli/completion/fish.js')).fishCompletion(model)
    case 'powershell':
      return (await import('../cli/completion/powershell.js')).powershellCompletion(model)
  }
}
