/** Help for people, on stdout. */
import type {Config} from '@oclif/core/interfaces'
import {findCommand, isTopic, leadingWords} from './find-command.js'

/** The help of the command or topic that `words` name, or of pocket itself when there are none. Throws `usage` for unknown ones. */
export async function showHelp(config: Config, words: readonly string[]): Promise<void> {
  const named = leadingWords(words)
  const {Help} = await import('@oclif/core/help')
  const help = new Help(config)
  await help.showHelp(named.length === 0 ? [] : [helpSubject(named, config.commandIDs)])
}

function helpSubject(words: readonly string[], ids: readonly string[]): string {
  return words.length === 1 && isTopic(words[0], ids) ? words[0] : findCommand(words, ids).id
}
