/** Which process it was that wrote something, so that another can tell later whether it still lives: a number alone may have been given anew. */
import {execFileSync} from 'node:child_process'
import {readFileSync, readlinkSync} from 'node:fs'
import {hostname} from 'node:os'
import {systemCode} from '../errors.js'

export interface ProcessIdentity {
  host: string
  pid: number
  /** Of the system's last start; '' where that cannot be told. */
  boot: string
  /** Of the room that the number is of: containers on one machine number their processes each by itself. '' where there is but one. */
  namespace: string
  /** When the process began: ticks since the system's start on Linux, ms since 1970 elsewhere; '' where that cannot be told. */
  started: string
}

/** `unknown`: it is of another machine or container. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** What is asked of the system. */
export interface ProcessTable {
  platform: NodeJS.Platform
  readFile(path: string): string
  readLink(path: string): string
  /** Its output. */
  run(program: string, words: readonly string[]): string
  /** Whether a process of this number is there, whoever's it is. */
  isThere(pid: number): boolean
}

/** Two readings of when a process began differ by less, outside Linux. */
const START_TOLERANCE_MS = 5000
const ASK_TIMEOUT_MS = 10_000

export const systemTable: ProcessTable = {
  platform: process.platform,
  readFile: (path) => readFileSync(path, 'utf8'),
  readLink: (path) => readlinkSync(path),
  run: (program, words) =>
    execFileSync(program, words, {
      encoding: 'utf8',
      timeout: ASK_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {...process.env, LC_ALL: 'C'},
      windowsHide: true,
    }),
  isThere: (pid) => {
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      return systemCode(error) === 'EPERM'
    }
  },
}

export function ownIdentity(table: ProcessTable = systemTable): ProcessIdentity {
  const {pid} = process
  const started = table.platform === 'linux' ? startedOf(pid, table) : String(Math.round(performance.timeOrigin))
  return {host: hostname(), pid, boot: bootOf(table), namespace: namespaceOf(table), started}
}

export function livenessOf(identity: ProcessIdentity, table: ProcessTable = systemTable): Liveness {
  const boot = bootOf(table)
  const isSameStart = identity.boot !== '' && identity.boot === boot
  if (!isSameStart && identity.host !== hostname()) return 'unknown'
  if (!isSameStart && identity.boot !== '' && boot !== '') return 'dead'
  if (identity.namespace !== namespaceOf(table)) return 'unknown'
  if (!Number.isInteger(identity.pid) || identity.pid <= 0 || !table.isThere(identity.pid)) return 'dead'
  const started = startedOf(identity.pid, table)
  return isSameMoment(identity.started, started, table) ? 'alive' : 'dead'
}

/** What cannot be told is taken for the same: better one that waits in vain than two at once. */
function isSameMoment(one: string, other: string, {platform}: ProcessTable): boolean {
  if (one === '' || other === '' || one === other) return true
  return platform !== 'linux' && Math.abs(Number(one) - Number(other)) < START_TOLERANCE_MS
}

function bootOf(table: ProcessTable): string {
  return orNothing(() => {
    if (table.platform === 'linux') return table.readFile('/proc/sys/kernel/random/boot_id').trim()
    if (table.platform === 'darwin') return table.run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim()
    return ''
  })
}

function namespaceOf(table: ProcessTable): string {
  return orNothing(() => (table.platform === 'linux' ? table.readLink('/proc/self/ns/pid') : ''))
}

/** When the process `pid` began, as `ProcessIdentity` says; '' when it is gone or cannot be asked. */
function startedOf(pid: number, table: ProcessTable): string {
  return orNothing(() => {
    if (table.platform === 'linux') return startTicks(table.readFile(`/proc/${pid}/stat`))
    if (table.platform === 'win32') {
      const script = `([DateTimeOffset](Get-Process -Id ${pid}).StartTime).ToUnixTimeMilliseconds()`
      return numberIn(table.run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]))
    }
    return numberIn(String(Date.parse(table.run('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]).trim())))
  })
}

/** The 22nd field of proc(5)'s `stat`; the second is a name in parentheses that may hold anything. */
function startTicks(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function numberIn(text: string): string {
  return /^\d+$/.test(text.trim()) ? text.trim() : ''
}

/** A system that does not answer leaves the question open. */
function orNothing(ask: () => string): string {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Error && (systemCode(error) !== undefined || 'status' in error)) return ''
    throw error
  }
}
