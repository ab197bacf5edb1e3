/** What can be found wrong with a config file before anything runs by it. */
import {stat} from 'node:fs/promises'
import type {Profile} from '../../automation/profile.js'
import {isPocketError} from '../../errors.js'
import {allProfiles} from '../chosen-profile.js'
import {type ConfigFile, loadConfig} from '../config-file.js'
import {exists} from '../../util/exists.js'
import {ratesOf} from '../reach.js'
import {checkSource, findConfigSecret} from '../secret.js'
import {parseProfile} from './parse-profile.js'
import {repositoryOf} from './profile-repository.js'

export interface ConfigProblem {
  /** A run would fail by it; else it is only odd. */
  isError: boolean
  message: string
  hint?: string
}

export interface CheckedConfig {
  path: string
  profiles: string[]
  problems: ConfigProblem[]
}

/** Every problem, not only the first. Throws `usage` for a file that cannot be read as one at all. */
export async function checkConfig(flags: {config?: string}): Promise<CheckedConfig | undefined> {
  const config = await loadConfig(flags.config)
  if (config === undefined) return undefined
  const problems = await modeProblems(config)
  for (const name of config.profiles.keys()) problems.push(...(await profileProblems(config, name)))
  if (!problems.some(({isError}) => isError)) await collect(problems, () => allProfiles(flags))
  return {path: config.path, profiles: [...config.profiles.keys()], problems}
}

async function profileProblems(config: ConfigFile, name: string): Promise<ConfigProblem[]> {
  const problems: ConfigProblem[] = []
  const profile = await collect(problems, () => parseProfile(config, name))
  const about = await collect(problems, async () => repositoryOf(config, name))
  if (about) await collect(problems, async () => ratesOf({flags: {}, environment: {}, config: about}))
  const secret = about && findConfigSecret(about)
  if (secret !== undefined) await collect(problems, () => checkSource(secret))
  if (about && secret === undefined && profile?.schedules.length && about.values.location !== undefined) {
    problems.push({
      isError: false,
      message: `profile '${name}' runs by itself, and nothing says what opens its repository`,
      hint: `write key_file, password_file or password_command, unless it is not encrypted`,
    })
  }
  if (profile) problems.push(...(await pathProblems(profile)))
  return problems
}

async function pathProblems({name, paths}: Profile): Promise<ConfigProblem[]> {
  const missing: ConfigProblem[] = []
  for (const path of paths) {
    if (!(await exists(path))) missing.push({isError: false, message: `there is nothing at '${path}', which profile '${name}' saves`})
  }
  return missing
}

/** What tells somebody, or opens something, is nobody else's business. */
async function modeProblems({path}: ConfigFile): Promise<ConfigProblem[]> {
  if (process.platform === 'win32') return []
  const {mode} = await stat(path)
  if ((mode & 0o077) === 0) return []
  return [{isError: false, message: `others of this machine can read '${path}'`, hint: `chmod 600 '${path}'`}]
}

async function collect<Value>(problems: ConfigProblem[], work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isPocketError(error)) throw error
    problems.push({isError: true, message: error.message, ...(error.hint !== undefined && {hint: error.hint})})
    return undefined
  }
}
