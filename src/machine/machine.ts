/**
 * The machine that Pocket runs on: what starts programs by itself there, its power, its networks. Each is asked through its own programs and files,
 * which a test replaces. This folder knows when something is to run, and nothing of what it does.
 */
import {spawn} from 'node:child_process'
import {homedir} from 'node:os'
import {systemCode} from '../errors.js'

export interface CommandOutcome {
  /** 127 when there is no such program, 124 when it was ended because it took too long. */
  code: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  input?: string
}

export type RunCommand = (program: string, words: readonly string[], options?: CommandOptions) => Promise<CommandOutcome>

export interface Machine {
  platform: NodeJS.Platform
  environment: NodeJS.ProcessEnv
  homeDirectory: string
  /** Undefined on Windows. */
  userId: number | undefined
  /** In front of absolute paths of the system's own files: empty, or a folder of a test. */
  root: string
  runCommand: RunCommand
}

const LONGEST_COMMAND_MS = 30_000

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    environment: process.env,
    homeDirectory: homedir(),
    userId: process.getuid?.(),
    root: '',
    runCommand,
  }
}

/** Never throws: what went wrong is in the outcome. */
export function runCommand(program: string, words: readonly string[], {input = ''}: CommandOptions = {}): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {stdio: 'pipe', windowsHide: true})
    const texts = {stdout: '', stderr: ''}
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_COMMAND_MS)
    const end = (code: number, problem = ''): void => {
      clearTimeout(timer)
      resolve({code, stdout: texts.stdout, stderr: texts.stderr + problem})
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
    child.on('error', (error) => end(systemCode(error) === 'ENOENT' ? 127 : 126, error.message))
    child.on('close', (code) => end(code ?? 124))
    // A program that does not read its input closes the pipe, which its exit code tells better.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** What a program has said that failed, on one line. */
export function complaintOf({code, stdout, stderr}: CommandOutcome): string {
  const text = (stderr.trim() || stdout.trim()).replaceAll(/\s*\n\s*/g, '; ')
  return text === '' ? `it ended with ${code}` : text
}
