/** What `pocket pause` and `pocket resume` tell of the runs that they concern. */
import type {RunningProcess} from '../../machine/running-processes.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'

export function processLine(what: string, {pid, command, profile}: RunningProcess): string {
  return `${what}: ${printable(command)}${profile === undefined ? '' : ` of profile ${printable(profile)}`}, process ${pid}`
}

export function processJson({pid, command, profile, startedMs, isPaused}: RunningProcess): JsonFields {
  return {pid, command, profile: profile ?? null, started: new Date(startedMs).toISOString(), paused: isPaused}
}
