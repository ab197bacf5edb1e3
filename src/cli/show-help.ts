/** Help for people, on stdout. */
import type {Config} from '@oclif/core/interfaces'
import {findCommand, isTopic, leadingWords} from './find-command.js'

/** `pocket help s3`: the flags that nearly all commands have, told once. */
export const BUCKET_TOPIC = 's3'

/** The help of the command or topic that `words` name, or of pocket itself when there are none. Throws `usage` for unknown ones. */
export async function showHelp(config: Config, words: readonly string[]): Promise<void> {
  const named = leadingWords(words)
  const {PocketHelp} = await import('./pocket-help.js')
  const help = new PocketHelp(config)
  if (named.length === 1 && named[0] === BUCKET_TOPIC) return help.showBucketHelp()
  const isCommand = named.length > 1 || (named.length === 1 && !isTopic(named[0], config.commandIDs))
  if (!isCommand) return help.showHelp(named)
  const {id} = findCommand(named, config.commandIDs)
  await help.showCommandHelp(config.findCommand(id, {must: true}))
}
