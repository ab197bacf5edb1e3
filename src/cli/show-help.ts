/** Help for people, on stdout. */
import type {Config} from '@oclif/core/interfaces'
import {findCommand, isTopic, leadingWords} from './find-command.js'

/** The help of the command or topic that `words` name, or of pocket itself when there are none. Throws `usage` for unknown ones. */
export async function showHelp(config: Config, words: readonly string[]): Promise<void> {
  const named = leadingWords(words)
  const {Help} = await import('@oclif/core/help')
  const help = new Help(config)
  const isCommand = named.length > 1 || (named.length === 1 && !isTopic(named[0], config.commandIDs))
  if (!isCommand) return help.showHelp(named)
  const {id} = findCommand(named, config.commandIDs)
  await help.showCommandHelp(config.findCommand(id, {must: true}))
}
