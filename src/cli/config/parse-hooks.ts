/** `[profiles.NAME.hooks]`: commands that run around a snapshot. */
import type {Hook, Hooks} from '../../automation/profile.js'
import {parseSpan} from '../parse-span.js'
import type {TableReader} from './table-reader.js'

const DEFAULT_TIMEOUT_MS = 10 * 60_000

/** Throws `usage`. */
export function parseHooks(reader: TableReader | undefined): Hooks {
  if (reader === undefined) return {before: [], after: [], onFailure: [], finally: []}
  const timeoutMs = reader.parsed('timeout', parseSpan) ?? DEFAULT_TIMEOUT_MS
  const of = (key: string): Hook[] => reader.items(key).map((item) => parseHook(item, timeoutMs))
  const hooks = {before: of('before'), after: of('after'), onFailure: of('on_failure'), finally: of('finally')}
  reader.finish()
  return hooks
}

function parseHook(item: string | TableReader, timeoutMs: number): Hook {
  if (typeof item === 'string') return {command: item, timeoutMs}
  const hook = {command: item.text('command'), timeoutMs: item.parsed('timeout', parseSpan) ?? timeoutMs}
  item.finish()
  if (hook.command === undefined) throw item.wrong('command', 'is missing', "write {command = 'what to run', timeout = '10m'}")
  return {...hook, command: hook.command}
}
