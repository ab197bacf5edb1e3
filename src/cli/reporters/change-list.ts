/** The changes between two snapshots as lines and as JSON. */
import type {Change, DiffTotals} from '../../operations/diff-snapshots.js'
import {formatCounted, formatSize} from '../format-quantity.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {pathJson} from './path-json.js'

const MARKERS: Record<Change['change'], string> = {added: '+', removed: '-', content: 'M', metadata: 'm', type: 'T'}

/** `M  src/index.ts  (1.0 KiB -> 1.2 KiB)` */
export function changeLine({path, change, kind, sizeBefore, sizeAfter}: Change): string {
  const name = kind === 'directory' ? `${printable(path)}/` : printable(path)
  return `${MARKERS[change]}  ${name}${sizes(change, sizeBefore, sizeAfter)}`
}

function sizes(change: Change['change'], before: number | undefined, after: number | undefined): string {
  if (change === 'metadata') return ''
  const known = [before, after].filter((size) => size !== undefined).map(formatSize)
  return known.length === 0 ? '' : `  (${known.join(' -> ')})`
}

/** A line for each type of change that there is. */
export function diffTotalsLines({added, removed, content, metadata, type, unknown}: DiffTotals): string[] {
  const lines: string[] = []
  if (countOf(added) > 0) lines.push(`+  ${describeTotals(added)} added`)
  if (countOf(removed) > 0) lines.push(`-  ${describeTotals(removed)} removed`)
  if (content.files > 0) {
    const sizes = `${formatSize(content.bytesBefore)} -> ${formatSize(content.bytesAfter)}`
    lines.push(`M  ${formatCounted(content.files, 'file')} with other content (${sizes})`)
  }
  if (metadata.entries > 0) lines.push(`m  ${formatCounted(metadata.entries, 'entry', 'entries')} with other metadata`)
  if (type.entries > 0) lines.push(`T  ${formatCounted(type.entries, 'entry', 'entries')} of another type`)
  const known = lines.length === 0 ? ['no changes'] : ['', ...lines]
  if (unknown.entries === 0) return known
  return [
    ...known,
    `?  ${formatCounted(unknown.entries, 'entry', 'entries')} could not be compared: one of the sides could not read what is there`,
  ]
}

function countOf({files, directories, links, others}: DiffTotals['added']): number {
  return files + directories + links + others
}

function describeTotals({files, directories, links, others, bytes}: DiffTotals['added']): string {
  const parts: string[] = []
  if (files > 0) parts.push(formatCounted(files, 'file'))
  if (directories > 0) parts.push(formatCounted(directories, 'directory', 'directories'))
  if (links > 0) parts.push(formatCounted(links, 'link'))
  if (others > 0) parts.push(formatCounted(others, 'other'))
  return `${parts.join(', ')} (${formatSize(bytes)})`
}

export function changeJson({kind, change, sizeBefore, sizeAfter, ...path}: Change): JsonFields {
  return {
    ...pathJson(path),
    kind: kind.replaceAll('-', '_'),
    change,
    size_before: sizeBefore ?? null,
    size_after: sizeAfter ?? null,
  }
}

export function diffTotalsJson({added, removed, content, metadata, type, unknown}: DiffTotals): JsonFields {
  return {
    added: entryTotalsJson(added),
    removed: entryTotalsJson(removed),
    content: {files: content.files, bytes_before: content.bytesBefore, bytes_after: content.bytesAfter},
    metadata: {entries: metadata.entries},
    type: {entries: type.entries},
    unknown: {entries: unknown.entries},
  }
}

function entryTotalsJson({files, directories, links, others, bytes}: DiffTotals['added']): JsonFields {
  return {files, directories, links, others, bytes}
}
