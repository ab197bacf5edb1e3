/** What commands there are, for `pocket help --json`. */
import type {Config} from '@oclif/core/interfaces'
import {commandModel, type ModelCommand} from './completion/command-model.js'
import {findCommand} from './find-command.js'
import type {JsonFields} from './json-output.js'

/** The commands whose words begin with `words`. Throws `usage`, as `findCommand` does, when there are none. */
export function commandListJson(config: Config, words: readonly string[]): JsonFields[] {
  const commands = commandModel(config).filter((command) => words.every((word, index) => command.words[index] === word))
  if (commands.length === 0) findCommand(words, config.commandIDs)
  return commands.map(commandJson)
}

function commandJson({words, summary, args, flags}: ModelCommand): JsonFields {
  return {
    command: words.join(' '),
    summary,
    args: args.map(({name, summary: description, isRequired, isMultiple, options}) => ({
      name,
      description,
      required: isRequired,
      multiple: isMultiple,
      options,
    })),
    flags: flags.map(({name, char, summary: description, takesValue, options}) => ({
      name,
      char: char ?? null,
      description,
      takes_value: takesValue,
      options,
    })),
  }
}
