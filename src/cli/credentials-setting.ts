/** Which of the two settings that name credentials holds. */
import {PocketError} from '../errors.js'
import {findSetting, type Given, type SettingSources} from './settings.js'

/**
 * The file of credentials, which takes the place of any profile; undefined when none is named, or when a profile is by what counts more: by a flag,
 * while the file is by a variable or the config file, or by a variable, while the file is by the config file. Throws `usage` when both are flags.
 */
export function findCredentialsFile(sources: SettingSources): Given | undefined {
  for (const {flags, environment, config} of [{...sources, environment: {}, config: undefined}, {...sources, config: undefined}, sources]) {
    const [file, profile] = ['credentials-file', 'profile'].map((name) => findSetting(name, {flags, environment, config}))
    if (file !== undefined && profile !== undefined && file.from.startsWith('--') && profile.from.startsWith('--')) {
      throw new PocketError('usage', `${profile.from} would do nothing: ${file.from} holds the credentials`, {
        hint: 'leave out one of the two',
      })
    }
    if (file !== undefined || profile !== undefined) return file
  }
  return undefined
}
