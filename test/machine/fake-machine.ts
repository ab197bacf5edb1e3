/** A machine whose programs and files are a test's. */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Job} from '../../src/machine/installer.js'
import type {CommandOptions, CommandOutcome, Machine} from '../../src/machine/machine.js'

export interface FakeMachine extends Machine {
  /** `systemctl --user daemon-reload` for each program that was called. */
  calls: string[]
}

export type Answer = string | Partial<CommandOutcome>

export interface Fakes extends Partial<Omit<Machine, 'runCommand'>> {
  /** What programs answer, by how their call begins; what is in no row is no program of this machine. */
  programs?: Readonly<Record<string, Answer | ((options: CommandOptions, call: string) => Answer)>>
  files?: Readonly<Record<string, string>>
}

export async function fakeMachine(t: ExecutionContext, {programs = {}, files = {}, ...changes}: Fakes = {}): Promise<FakeMachine> {
  const root = await mkdtemp(join(tmpdir(), 'pocket-machine-'))
  t.teardown(() => rm(root, {recursive: true, force: true}))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), {recursive: true})
    await writeFile(join(root, path), text)
  }
  const calls: string[] = []
  const runCommand: Machine['runCommand'] = (program, words, options = {}) => {
    const call = [program, ...words].join(' ')
    calls.push(call)
    const [, answer] = Object.entries(programs).find(([begin]) => call.startsWith(begin)) ?? []
    const given = typeof answer === 'function' ? answer(options, call) : answer
    if (given === undefined) return Promise.resolve({code: 127, stdout: '', stderr: `spawn ${program} ENOENT`})
    return Promise.resolve({code: 0, stdout: '', stderr: '', ...(typeof given === 'string' ? {stdout: given} : given)})
  }
  return {platform: 'linux', environment: {}, homeDirectory: join(root, 'home'), userId: 1000, root, runCommand, calls, ...changes}
}

export function jobOf(changes: Partial<Job> = {}): Job {
  return {
    key: 'schedule-home',
    title: "Pocket: schedule 'home'",
    trigger: {type: 'daily', atMinute: 120},
    words: ['/usr/bin/node', '/opt/pocket/bin/pocket.js', 'schedule', 'run', 'home', '--config', '/home/ada/.config/pocket/config.toml'],
    environment: {},
    jitterMs: 0,
    catchUp: true,
    isLowPriority: true,
    longestMs: undefined,
    ...changes,
  }
}
