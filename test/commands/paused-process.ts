/** Processes of the real program that are paused. */
import type {ChildProcess} from 'node:child_process'
import {readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import type {Home} from './run-pocket.js'

const IS_LINUX = process.platform === 'linux'
export const onLinux = IS_LINUX ? test.serial : test.serial.skip
/** CPU time of a process is read from /proc. */
export const WHERE_LINUX = IS_LINUX ? '' : ' (only on Linux)'

export function stateFile(home: Home, name: string): string {
  return join(home.path, '.local', 'state', 'pocket', 'processes', name)
}

export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn > 1000) throw new Error('waited too long')
    await setTimeout(20)
  }
}

function storedBytes(home: Home): number {
  const files = readdirSync(join(home.path, 'r'), {recursive: true, encoding: 'utf8'})
  return files.map((name) => statSync(join(home.path, 'r', name))).reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0)
}

/** In hundredths of a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Nothing is stored and nothing reckoned any more. */
export async function standsStill(t: ExecutionContext, {home, child}: {home: Home; child: ChildProcess}): Promise<void> {
  await setTimeout(2000)
  const before = {bytes: storedBytes(home), ticks: cpuTicks(child.pid ?? 0)}
  await setTimeout(1500)
  t.is(storedBytes(home), before.bytes, 'nothing more is stored')
  t.true(cpuTicks(child.pid ?? 0) - before.ticks <= 8, 'and hardly anything reckoned')
  t.is(child.exitCode, null)
}

/** A process of `pocket` with these words, from when it can be paused. */
export async function start(t: ExecutionContext, home: Home, words: readonly string[], environment: Record<string, string> = {}) {
  let child: ChildProcess | undefined
  const outcome = home.run(words, {environment, onStart: (started) => (child = started)})
  if (child === undefined) throw new Error('nothing was started')
  const process = child
  t.teardown(() => process.kill('SIGKILL'))
  return {child: process, outcome}
}
