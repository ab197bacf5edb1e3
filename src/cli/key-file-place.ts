/** Where a key file is written that nobody has named a place for: beside the config file. */
import {basename, dirname, join} from 'node:path'
import {exists} from '../util/exists.js'
import {defaultConfigFile} from './places.js'

/** Named after the repository. */
export function keyFilePlace(location: string): string {
  return join(dirname(defaultConfigFile()), `${nameOf(location)}.key`)
}

/** The same, or with a number in its name where there is a file already. */
export async function freeKeyFile(location: string): Promise<string> {
  let path = keyFilePlace(location)
  for (let number = 2; await exists(path); number++) path = join(dirname(defaultConfigFile()), `${nameOf(location)}-${number}.key`)
  return path
}

function nameOf(location: string): string {
  return basename(location).replace(/[^\w.-]/g, '') || 'repository'
}
