/**
 * Files that say which process is at something, so that no second one begins it. One whose process is gone holds nobody up: it is taken over, by
 * one of those who try at the same time and no other.
 */
import {randomUUID} from 'node:crypto'
import {linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {systemCode} from '../errors.js'
import {nowNs} from './clock.js'
import {livenessOf, ownIdentity, type ProcessIdentity} from './process-identity.js'

export interface LockHolder extends ProcessIdentity {
  /** Tells this hold from every other. */
  token: string
  /** In ms since 1970. */
  sinceMs: number
  /** What the process does, for whoever has to wait. */
  note: string
}

export interface ProcessLock {
  holder: LockHolder
  /** Gives it back. Throws system errors. */
  release(): void
}

/** How often a hold shows that it lives, and after how long without it one of another machine or container counts as gone. */
const BEAT_MS = 20_000
const STALE_MS = 3 * 60_000
/** Left over by a process that was ended while it took a lock. */
const OLD_LEFTOVER_MS = 60 * 60_000
const ATTEMPTS = 20

/** Takes the lock at `path`, or tells who has it. Makes its folder. Throws system errors. */
export function takeLock(path: string, note: string): ProcessLock | {heldBy: LockHolder} {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700})
  const holder: LockHolder = {...ownIdentity(), token: randomUUID(), sinceMs: nowMs(), note}
  const temporary = `${path}.${holder.token}.tmp`
  writeFileSync(temporary, JSON.stringify(holder), {mode: 0o600, flag: 'wx', flush: true})
  try {
    const heldBy = tryTake(path, temporary)
    if (heldBy !== undefined) return {heldBy}
  } finally {
    rmSync(temporary, {force: true})
  }
  const lock = hold(path, holder)
  removeLeftovers(path)
  return lock
}

/** Puts what is at `temporary` at `path`, or tells who is there. */
function tryTake(path: string, temporary: string): LockHolder | undefined {
  for (let attempt = 1; ; attempt++) {
    if (tryLink(temporary, path)) return undefined
    const found = readHolder(path)
    if (found === undefined) continue
    if (isHeld(found, path)) return found
    const heldBy = succeed(path, temporary, found)
    if (heldBy !== 'again') return heldBy
    if (attempt === ATTEMPTS) return found
  }
}

/** Who holds the lock at `path`, if anybody living does. Throws system errors. */
export function findHolder(path: string): LockHolder | undefined {
  const found = readHolder(path)
  return found !== undefined && isHeld(found, path) ? found : undefined
}

/**
 * Takes the place of `dead`. The right to do so is a file named after its token, which only one can make; whoever made it and died before using it is
 * succeeded in the same way. The right counts only while the lock still is that of the dead one, or of one that it passed to.
 */
function succeed(path: string, temporary: string, dead: LockHolder): undefined | LockHolder | 'again' {
  const rights: string[] = []
  const tokens = new Set<string>()
  for (let last = dead; ; ) {
    tokens.add(last.token)
    const right = `${path}.${last.token}.after`
    if (tryLink(temporary, right)) {
      rights.push(right)
      break
    }
    const other = readHolder(right)
    if (other === undefined) return 'again'
    if (isHeld(other, right)) return other
    rights.push(right)
    last = other
  }
  const current = readHolder(path)
  const isMine = current !== undefined && tokens.has(current.token)
  if (isMine) {
    const place = `${temporary}.place`
    linkSync(temporary, place)
    renameSync(place, path)
  }
  for (const right of isMine ? rights : rights.slice(-1)) rmSync(right, {force: true})
  return isMine ? undefined : 'again'
}

function hold(path: string, holder: LockHolder): ProcessLock {
  const timer = setInterval(() => beat(path), BEAT_MS)
  timer.unref()
  return {
    holder,
    release: () => {
      clearInterval(timer)
      if (readHolder(path)?.token === holder.token) rmSync(path, {force: true})
    },
  }
}

/** Where the time of a file cannot be set, others only believe sooner that this process is gone, and only on another machine. */
function beat(path: string): void {
  try {
    const now = new Date()
    utimesSync(path, now, now)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

function isHeld(holder: LockHolder, path: string): boolean {
  const liveness = livenessOf(holder)
  if (liveness !== 'unknown') return liveness === 'alive'
  try {
    return Date.now() - statSync(path).mtimeMs < STALE_MS
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Where the file system has no links, a file is made as a whole or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error
  }
  try {
    writeFileSync(to, readFileSync(from), {mode: 0o600, flag: 'wx', flush: true})
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Undefined when there is none. A file that says nothing, as after a power loss, is of nobody that lives. */
function readHolder(path: string): LockHolder | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null
    const {host = '', pid = 0, boot = '', namespace = '', started = '', token = '', sinceMs = 0, note = ''} = value ?? {}
    if (/^[0-9a-f-]{36}$/.test(token)) return {host, pid, boot, namespace, started, token, sinceMs, note}
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return {...ownIdentity(), pid: 0, token: 'unreadable', sinceMs: 0, note: ''}
}

/** By who has the lock: whoever has a right to a place before it finds it taken. */
function removeLeftovers(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.(tmp|place|after)$/.test(name)) continue
    const old = join(folder, name)
    try {
      if (Date.now() - statSync(old).mtimeMs > OLD_LEFTOVER_MS) unlinkSync(old)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
  }
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
