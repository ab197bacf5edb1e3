/** What a person is told. */
import type {Occasion} from './settings.js'

/** `recovery`: what was told as a failure, silence or so is over. */
export type MessageOccasion = Occasion | 'recovery' | 'test'

export interface AlarmMessage {
  occasion: MessageOccasion
  profile: string
  host: string
  /** One line that says it all. */
  title: string
  /** Lines. */
  text: string
  /** When it came to be, in ms since 1970: it may be told later. */
  atMs: number
  runId?: string
  status?: string
  code?: string
  snapshotId?: string
  pinnedId?: string
}

/** The JSON of a message, for webhooks and commands: docs/runs-and-alarms.md, "The JSON of an alarm". `text` begins with the title: chats show it as it is. */
export function messageJson(message: AlarmMessage): Record<string, string | number | null> {
  const {occasion, profile, host, title, text, atMs, runId, status, code, snapshotId, pinnedId} = message
  return {
    type: 'pocket_alarm',
    version: 1,
    occasion,
    profile,
    host,
    title,
    text: `${title}\n${text}`,
    time: new Date(atMs).toISOString(),
    run_id: runId ?? null,
    status: status ?? null,
    code: code ?? null,
    snapshot_id: snapshotId ?? null,
    pinned_id: pinnedId ?? null,
  }
}

/** What monitors of the healthchecks kind are told. */
export interface Ping {
  kind: 'start' | 'success' | 'failure' | 'log'
  runId: string
  /** Of the run's log, the end. */
  log: string
}
