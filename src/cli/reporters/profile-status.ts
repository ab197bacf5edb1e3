/** How profiles stand, for one screen and as JSON. */
import {type ObjectId, shortId} from '../../id.js'
import type {ProfileStatus} from '../../automation/profile-status.js'
import type {RunRecord} from '../../journal/run-record.js'
import {formatAge, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {isoTime, runJson, toNs} from './run-list.js'

/** What is known beside the journal. */
export interface StatusExtras {
  /** The share of the repository that was proven by drills, from 0 to 1. */
  provenShare?: number
}

export function statusLines(
  statuses: readonly ProfileStatus[],
  nowMs: number,
  extras: ReadonlyMap<string, StatusExtras> = new Map(),
): string[] {
  if (statuses.length === 0) return ['no profiles']
  return statuses.flatMap((status, place) => [
    ...(place === 0 ? [] : ['']),
    ...profileLines(status, nowMs, extras.get(status.profile) ?? {}),
  ])
}

function profileLines(status: ProfileStatus, nowMs: number, {provenShare}: StatusExtras): string[] {
  const {profile, isWell, last, lastSuccess, running, due, troubles, pendingAlarms, isSilent, nextRunMs} = status
  const ago = (atMs: number): string => `${formatLocalTime(toNs(atMs))}, ${formatAge(nowMs - atMs)} ago`
  const next = (atMs: number): string => (atMs <= nowMs ? 'now' : `in ${formatAge(atMs - nowMs)}`)
  const dueTexts = Object.entries(due).map(([step, atMs]) => `${step} ${next(atMs)}`)
  const facts: [string, string | undefined][] = [
    ['last success', lastSuccess?.end ? `${ago(lastSuccess.end.endedMs)}${snapshotOf(lastSuccess)}` : 'never'],
    ['last run', last && `${last.state}, ${ago(last.startedMs)}${last.end ? `, took ${formatDuration(last.end.elapsedMs)}` : ''}`],
    ['error', last?.end?.error && printable(last.end.error.message)],
    [
      'running',
      running && `since ${formatAge(nowMs - running.startedMs)}, process ${running.process.pid} on ${printable(running.process.host)}`,
    ],
    ['next run', nextRunMs === undefined ? undefined : next(nextRunMs)],
    ['due', dueTexts.length === 0 ? undefined : dueTexts.join(', ')],
    ['silent', isSilent ? 'nothing has succeeded for longer than it may' : undefined],
    ...troubles
      .filter(({code}) => code !== last?.end?.error?.code && code !== 'silence')
      .map(({message, sinceMs}): [string, string] => ['trouble', `${printable(message)}, since ${formatAge(nowMs - sinceMs)}`]),
    ['alarms', pendingAlarms === 0 ? undefined : `${formatCounted(pendingAlarms, 'alarm')} still to be delivered`],
    ['proven', provenShare === undefined ? undefined : `${Math.floor(provenShare * 100)} % of the repository`],
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const shown = facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(width)}  ${value}`]))
  return [`${printable(profile)}: ${isWell ? 'well' : 'NOT WELL'}`, ...shown]
}

function snapshotOf({end}: RunRecord): string {
  const snapshot = end?.snapshot
  return snapshot?.id === undefined ? '' : `, snapshot ${shortId(snapshot.id as ObjectId)} of ${formatSize(snapshot.bytes)}`
}

export function statusJson(statuses: readonly ProfileStatus[], extras: ReadonlyMap<string, StatusExtras> = new Map()): JsonFields {
  return {
    well: statuses.every(({isWell}) => isWell),
    profiles: statuses.map((status) => {
      const {profile, isWell, isSilent, last, lastSuccess, running, due, troubles, pendingAlarms, runs, failures, nextRunMs} = status
      const {provenShare} = extras.get(profile) ?? {}
      return {
        profile,
        well: isWell,
        silent: isSilent,
        last_success: lastSuccess?.end ? isoTime(lastSuccess.end.endedMs) : null,
        last_run: last ? runJson(last) : null,
        running: running ? runJson(running) : null,
        next_run: nextRunMs === undefined ? null : isoTime(nextRunMs),
        prune_due: due.prune === undefined ? null : isoTime(due.prune),
        check_due: due.check === undefined ? null : isoTime(due.check),
        troubles: troubles.map(({code, occasion, step, message, sinceMs}) => ({
          code,
          occasion,
          step: step ?? null,
          message,
          since: isoTime(sinceMs),
        })),
        alarms_pending: pendingAlarms,
        proven_share: provenShare ?? null,
        runs,
        failures,
      }
    }),
  }
}
