/** Raises the version of a repository, before something is removed from it for the first time. */
import {encodeConfig, REMOVAL_VERSION} from '../format/config.js'
import {SUITE} from '../format/head.js'
import {authenticateConfig} from './create.js'
import {CONFIG_NAME} from './names.js'
import {checkConfig, decodeStored, readConfig} from './read-config.js'
import type {Repository} from './repository.js'

/** From now on, programs that do not look for removals refuse the repository. Does nothing where that is so already. */
export async function raiseVersion({backend, config, keys}: Repository): Promise<void> {
  if (config.version === REMOVAL_VERSION) return
  const decoded = decodeStored(await readConfig(backend))
  checkConfig(decoded, keys)
  if (decoded.config.version !== REMOVAL_VERSION) {
    const raised = {...decoded.config, version: REMOVAL_VERSION} as const
    const authenticate = (bytes: Uint8Array): Uint8Array => authenticateConfig(keys.configKey, bytes)
    await backend.put(CONFIG_NAME, encodeConfig(raised, raised.suite === SUITE.none ? undefined : authenticate))
  }
  config.version = REMOVAL_VERSION
}
