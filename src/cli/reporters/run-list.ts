/** Runs of profiles as a table, as a chart and as JSON. */
import {type ObjectId, shortId} from '../../id.js'
import {describeEvent} from '../../journal/describe-event.js'
import type {RunRecord, RunSnapshot, TimedRunEvent} from '../../journal/run-record.js'
import {barLine} from '../bar-chart.js'
import {formatCount, formatDuration, formatSize} from '../format-quantity.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields, JsonValue} from '../json-output.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'

const COLUMNS: readonly Column[] = [
  {title: 'Run'},
  {title: 'When'},
  {title: 'Profile'},
  {title: 'By'},
  {title: 'Status'},
  {title: 'Duration', align: 'right'},
  {title: 'Read', align: 'right'},
  {title: 'Added', align: 'right'},
  {title: 'Stored', align: 'right'},
  {title: 'Files', align: 'right'},
  {title: 'Errors', align: 'right'},
  {title: 'Snapshot'},
]
const SHORT_ID = 8
/** What stands before a chart's bars. */
const LABEL_COLUMNS = 10
const CHART_END_COLUMNS = 22

/** `runs`: newest first, as they are shown last: the newest is at the bottom, above the chart. */
export function runListLines(runs: readonly RunRecord[], {columns, isUnicode}: {columns: number; isUnicode: boolean}): string[] {
  if (runs.length === 0) return ['no runs']
  const oldestFirst = runs.toReversed()
  return [...formatTable(COLUMNS, oldestFirst.map(runRow)), ...chartLines(oldestFirst, {columns, isUnicode})]
}

function runRow(run: RunRecord): string[] {
  const {id, startedMs, profile, trigger, schedule, state, end} = run
  const snapshot = end?.snapshot
  return [
    id.slice(0, SHORT_ID),
    formatLocalTime(toNs(startedMs)),
    printable(profile),
    schedule === undefined ? trigger : printable(schedule),
    state,
    end ? formatDuration(end.elapsedMs) : '',
    snapshot ? formatSize(snapshot.bytesRead) : '',
    snapshot ? formatSize(snapshot.bytesAdded) : '',
    snapshot ? formatSize(snapshot.bytesStored) : '',
    snapshot ? formatCount(snapshot.files) : '',
    end ? formatCount(end.errors) : '',
    snapshot?.id === undefined ? '' : shortId(snapshot.id as ObjectId),
  ]
}

/** One bar a run, the newest at the right; as many as fit. */
function chartLines(oldestFirst: readonly RunRecord[], {columns, isUnicode}: {columns: number; isUnicode: boolean}): string[] {
  const fitting = Math.max(1, columns - LABEL_COLUMNS - CHART_END_COLUMNS)
  const shown = oldestFirst.filter(({state}) => state !== 'busy').slice(-fitting)
  if (shown.length < 2) return []
  const line = (label: string, measure: (run: RunRecord) => number | undefined, format: (value: number) => string): string => {
    const values = shown.map(measure)
    const most = Math.max(0, ...values.map((value) => value ?? 0))
    return `${label.padEnd(LABEL_COLUMNS)}${barLine(values, {isUnicode})}  at most ${format(most)}`
  }
  return [
    '',
    line('Added', ({end}) => end?.snapshot?.bytesAdded, formatSize),
    line('Duration', ({end}) => end?.elapsedMs, formatDuration),
    `${' '.repeat(LABEL_COLUMNS)}${shown.map(({state}) => (isGood(state) ? ' ' : '!')).join('')}`.trimEnd(),
  ].filter((text, place) => place === 0 || text !== '')
}

function isGood(state: RunRecord['state']): boolean {
  return state === 'succeeded' || state === 'incomplete' || state === 'running'
}

/** One run with its log. */
export function runLines(run: RunRecord, events: readonly TimedRunEvent[]): string[] {
  const {
    id,
    profile,
    trigger,
    schedule,
    startedMs,
    state,
    end,
    process: {pid, host},
  } = run
  const facts: [string, string | undefined][] = [
    ['run', id],
    ['profile', printable(profile)],
    ['began', `${formatLocalTime(toNs(startedMs))}, by ${schedule === undefined ? trigger : `schedule ${printable(schedule)}`}`],
    ['status', end ? `${state} after ${formatDuration(end.elapsedMs)}` : `${state}, process ${pid} on ${printable(host)}`],
    ['snapshot', end?.snapshot?.id],
    ['error', end?.error && printable(`${end.error.message}${end.error.hint === undefined ? '' : ` (${end.error.hint})`}`)],
    ['lost', end?.lostEvents === undefined ? undefined : `${formatCount(end.lostEvents)} lines of the log, which could not be written`],
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const shown = facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(width)}  ${value}`]))
  return events.length === 0 ? shown : [...shown, '', ...events.map((event) => printable(describeEvent(event)))]
}

export function runJson(run: RunRecord): JsonFields {
  const {
    id,
    profile,
    trigger,
    schedule,
    steps,
    startedMs,
    state,
    end,
    process: {host, pid},
  } = run
  return {
    id,
    profile,
    trigger,
    schedule: schedule ?? null,
    status: state,
    began: isoTime(startedMs),
    ended: end ? isoTime(end.endedMs) : null,
    duration_ms: end?.elapsedMs ?? null,
    host,
    pid,
    steps: end
      ? end.steps.map(({step, outcome, elapsedMs}) => ({step, outcome, duration_ms: elapsedMs}))
      : steps.map((step) => ({step, outcome: null, duration_ms: null})),
    ...snapshotJson(end?.snapshot),
    errors: end?.errors ?? null,
    warnings: end?.warnings ?? null,
    error: end?.error ? {code: end.error.code, message: end.error.message, hint: end.error.hint ?? null} : null,
  }
}

function snapshotJson(snapshot: RunSnapshot | undefined): JsonFields {
  return {
    snapshot_id: snapshot?.id ?? null,
    parent_id: snapshot?.parent ?? null,
    files: snapshot?.files ?? null,
    files_new: snapshot?.newFiles ?? null,
    files_changed: snapshot?.changedFiles ?? null,
    files_deleted: snapshot?.deletedFiles ?? null,
    files_unreadable: snapshot?.unreadable ?? null,
    bytes: snapshot?.bytes ?? null,
    bytes_read: snapshot?.bytesRead ?? null,
    bytes_added: snapshot?.bytesAdded ?? null,
    bytes_stored: snapshot?.bytesStored ?? null,
    bytes_high_entropy: snapshot?.bytesHighEntropy ?? null,
  }
}

/** Events as they are in the journal, with times as everywhere. */
export function eventJson({atMs, ...event}: TimedRunEvent): JsonFields {
  return {time: isoTime(atMs), ...snakeCased(event)}
}

function snakeCased(fields: object): Record<string, JsonValue> {
  const named = Object.entries(fields).map(([name, value]): [string, JsonValue] => [
    name === 'elapsedMs' ? 'duration_ms' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^is_/, ''),
    value as JsonValue,
  ])
  return Object.fromEntries(named)
}

export function isoTime(atMs: number): string {
  return formatExactTime(toNs(atMs))
}

export function toNs(atMs: number): bigint {
  return BigInt(Math.round(atMs)) * 1_000_000n
}
