/** `pocket config edit`: an editor on a copy, which takes the place of the config file when it can be read as one. */
import {spawn} from 'node:child_process'
import {readFile, unlink} from 'node:fs/promises'
import {isPocketError, PocketError} from '../../errors.js'
import {exists} from '../../util/exists.js'
import {parseConfig} from '../config-file.js'
import {configText, editingCopy, replaceConfig, writeConfig} from '../write-config.js'
import {parseProfile} from './parse-profile.js'

export interface EditOptions {
  path: string
  environment: NodeJS.ProcessEnv
  /** Whether to open the editor again on what cannot be read as a config file; told why. */
  again: (error: PocketError) => Promise<boolean>
}

/** Throws what is wrong with the edited text when it is not to be edited again: the file then stays as it was, and the copy is named. */
export async function editConfig({path, environment, again}: EditOptions): Promise<'changed' | 'unchanged'> {
  if (!(await exists(path))) await writeConfig(path, configText({}))
  const before = await readFile(path, 'utf8')
  const copy = await editingCopy(path, before)
  for (;;) {
    await runEditor(environment.VISUAL || environment.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi'), copy)
    const text = await readFile(copy, 'utf8')
    if (text === before) {
      await unlink(copy)
      return 'unchanged'
    }
    const problem = await problemIn(text, path)
    if (problem === undefined) {
      await replaceConfig(path, before, text)
      await unlink(copy)
      return 'changed'
    }
    if (await again(problem)) continue
    throw new PocketError(problem.code, problem.message, {
      hint: `the config file is as it was; what you wrote is in '${copy}'`,
      cause: problem,
    })
  }
}

async function problemIn(text: string, path: string): Promise<PocketError | undefined> {
  try {
    const config = await parseConfig(text, path)
    for (const name of config.profiles.keys()) await parseProfile(config, name)
    return undefined
  } catch (error) {
    if (!isPocketError(error)) throw error
    return error
  }
}

/** The editor may be a command with words of its own, such as `code --wait`. */
async function runEditor(editor: string, path: string): Promise<void> {
  const isWindows = process.platform === 'win32'
  const child = isWindows
    ? spawn(`${editor} "${path}"`, {shell: true, stdio: 'inherit'})
    : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], {stdio: 'inherit'})
  const outcome = await new Promise<string | undefined>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : code === null ? `was ended by ${signal}` : `ended with exit code ${code}`),
    )
  })
  if (outcome === undefined) return
  await unlink(path)
  throw new PocketError('usage', `the editor '${editor}' ${outcome}, so nothing was changed`, {
    hint: 'set EDITOR or VISUAL to one that is there',
  })
}
