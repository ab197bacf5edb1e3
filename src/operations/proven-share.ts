/** Where it is kept what drills have proven, and the share of a repository that they have. */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {ProvenFrames} from '../repository/proven-frames.js'
import {nowNs} from '../util/clock.js'
import {toHex} from '../util/bytes.js'
import {replaceFile} from '../util/replace-file.js'

export const DRILL_WINDOW_MS = 90 * 24 * 60 * 60_000

export interface ProvenShare {
  /** Stored bytes of data that was proven within the window, and of all, as of the last drill. */
  provenBytes: number
  totalBytes: number
  /** From 0 to 1. */
  share: number
}

export function drillsDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'drills')
}

/** The record of the repository with this id. */
export function provenPath(stateDirectory: string, repositoryId: string): string {
  return join(drillsDirectory(stateDirectory), repositoryId)
}

/** From 0 to 1; 1 of nothing. */
export function shareOf({provenBytes, totalBytes}: {provenBytes: number; totalBytes: number}): number {
  return totalBytes === 0 ? 1 : Math.min(provenBytes / totalBytes, 1)
}

/** Notes which repository was drilled for `profile`, for `readProven`. Throws system errors. */
export async function noteDrilled(stateDirectory: string, profile: string, repositoryId: string): Promise<void> {
  await replaceFile(profilePath(stateDirectory, profile), repositoryId)
}

/** What is known without opening the repository of `profile`; undefined where no drill of the profile was made on this machine. Throws system errors. */
export async function readProven(stateDirectory: string, profile: string, windowMs = DRILL_WINDOW_MS): Promise<ProvenShare | undefined> {
  let repositoryId: string
  try {
    repositoryId = await readFile(profilePath(stateDirectory, profile), 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  if (!/^[0-9a-f]+$/.test(repositoryId)) return undefined
  const proven = await ProvenFrames.load(provenPath(stateDirectory, repositoryId))
  const nowMs = Number(nowNs() / 1_000_000n)
  const {totalBytes} = proven
  if (totalBytes === 0) return undefined
  const provenBytes = proven.provenBytes(nowMs - windowMs, nowMs)
  return {provenBytes, totalBytes, share: shareOf({provenBytes, totalBytes})}
}

function profilePath(stateDirectory: string, profile: string): string {
  return join(drillsDirectory(stateDirectory), 'profiles', toHex(Buffer.from(profile)))
}
