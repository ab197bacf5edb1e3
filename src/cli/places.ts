/** Where Pocket keeps what is its own on this machine: XDG on Linux, and its equals on macOS and Windows. */
import {join} from 'node:path'
import envPaths from 'env-paths'

const paths = envPaths('pocket', {suffix: ''})

export interface EmbeddedPlaces {
  /** The repository that is used when none is named. */
  repository: string
  /** Its generated key: beside the repository, not in it, so that a copy of the folder is not readable by itself. */
  keyFile: string
}

export function embeddedPlaces(): EmbeddedPlaces {
  return {repository: join(paths.data, 'repository'), keyFile: join(paths.data, 'repository.key')}
}

/** What may be deleted at any time. */
export function defaultCacheDirectory(): string {
  return paths.cache
}

/** The file of settings that is read when no other is named. */
export function defaultConfigFile(): string {
  return join(paths.config, 'config.toml')
}

/** What Pocket knows of its runs on this machine: journals, what is due, what was told. `POCKET_STATE_DIRECTORY` names another. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.POCKET_STATE_DIRECTORY || paths.log
}
