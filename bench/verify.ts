import {execute, requireProgram} from './command.js'
import {PocketError} from '../src/errors.js'

/**
 * What rsync would change to make `restored` equal to `source`, a line an entry; none when they are equal in names,
 * contents, kinds, modes, owners, times, hard links, ACLs and extended attributes.
 */
export async function differences(source: string, restored: string): Promise<string[]> {
  const words = ['-aHAX', '--checksum', '--dry-run', '--itemize-changes', '--delete', `${source}/`, `${restored}/`]
  const {status, output, errors} = await execute({program: requireProgram('rsync', 'rsync'), arguments: words})
  if (status !== 0) throw new PocketError('io-failed', `rsync cannot compare '${restored}' with '${source}': ${errors.trim()}`)
  return output.split('\n').filter((line) => line !== '')
}
