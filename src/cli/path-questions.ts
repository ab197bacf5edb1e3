/** Questions for files and folders of this machine. */
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {isPocketError} from '../errors.js'
import type {Questions} from './questions.js'

/** The path that was meant: one that begins with `~` is in the home folder. */
export function absolutePath(answer: string): string {
  const text = answer.trim()
  return text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : resolve(text)
}

/** Asks for a file until `use` does not throw for it. */
export async function askFile(questions: Questions, use: (path: string) => Promise<unknown>): Promise<string> {
  const check = async (answer: string): Promise<string | undefined> =>
    answer.trim() === '' ? 'name a file' : wrongIn(() => use(absolutePath(answer)))
  return absolutePath(await questions.text('Which file?', {check}))
}

/** What is wrong and what to do, of the error that `work` throws; undefined when it throws none. Throws what is a bug. */
export async function wrongIn(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!isPocketError(error)) throw error
    return error.hint === undefined ? error.message : `${error.message}: ${error.hint}`
  }
}
