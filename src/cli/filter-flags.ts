/** The flags that choose among snapshots. */
import {string} from '@oclif/core/flags'

const REPEATED = {multiple: true, multipleNonGreedy: true} as const

export const filterFlags = {
  host: string({...REPEATED, description: 'only those of this host; may be repeated', helpValue: 'NAME'}),
  path: string({...REPEATED, description: 'only those that hold this path; may be repeated', helpValue: 'PATH'}),
  tag: string({...REPEATED, description: "only those with this tag ('a,b': with both); may be repeated", helpValue: 'TAG'}),
}

export interface FilterFlags {
  host?: string[]
  path?: string[]
  tag?: string[]
}

export function choiceOf({host, path, tag}: FilterFlags): {hosts?: string[]; paths?: string[]; tags?: string[]} {
  return {hosts: host, paths: path, tags: tag}
}

/** Whether any of them was given. */
export function hasFilter({host, path, tag}: FilterFlags): boolean {
  return host !== undefined || path !== undefined || tag !== undefined
}
