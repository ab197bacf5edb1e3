/** What a watch tells, for people: a line a snapshot. */
import {shortId} from '../../id.js'
import {nowNs} from '../../util/clock.js'
import {formatCount, formatCounted, formatDuration, formatSize} from '../format-quantity.js'
import {formatLocalTime} from '../format-time.js'
import type {Output} from '../output.js'
import {printable} from '../printable.js'
import {reportWarning} from '../report-error.js'
import type {WatchEvent, WatchReporter} from './watch-reporter.js'

export interface WatchTextOptions {
  output: Output
  errorOutput: Output
  quiet: boolean
}

export function watchTextReporter({output, errorOutput, quiet}: WatchTextOptions): WatchReporter {
  const tell = (line: string): void => errorOutput.line(`pocket: ${line}`)
  return {
    event(event) {
      if (event.type === 'snapshot') {
        const line = snapshotLine(event)
        if (line !== undefined) output.line(`${formatLocalTime(nowNs())}  ${line}`)
        return
      }
      const line = eventLine(event)
      const isNews = event.type !== 'watching' && event.type !== 'remote'
      if (line !== undefined && (isNews || !quiet)) tell(line)
    },
    snapshotEvent(event) {
      if (event.type === 'unreadable') tell(`cannot read '${printable(event.path)}': ${printable(event.message)}`)
    },
    warning(warning) {
      errorOutput.line(reportWarning(warning, {json: false}))
    },
  }
}

/** Undefined when nothing has changed. */
function snapshotLine({reason, outcome}: Extract<WatchEvent, {type: 'snapshot'}>): string | undefined {
  const {snapshot, error, status} = outcome
  if (error && !snapshot) return `no snapshot: ${printable(error.message)}`
  if (!snapshot) return `no snapshot: ${status === 'busy' ? 'another run of the profile is at it' : status}`
  if (snapshot.id === undefined) return reason === 'start' ? 'nothing has changed since the last snapshot' : undefined
  const {files, bytesAdded} = snapshot.summary
  const counts = `${formatCount(files.new)} new and ${formatCounted(files.changed, 'changed file')}, ${formatSize(bytesAdded)} added`
  const lacks = snapshot.unreadable > 0 ? `, ${formatCounted(snapshot.unreadable, 'entry', 'entries')} could not be read` : ''
  const walk = snapshot.isPartialWalk ? '' : ', everything walked'
  const after = error ? `; then: ${printable(error.message)}` : ''
  return `snapshot ${shortId(snapshot.id)} saved: ${counts} in ${formatDuration(snapshot.elapsedMs)}${walk}${lacks}${after}`
}

const LOSSES: Record<Extract<WatchEvent, {type: 'lost'}>['loss'], string> = {
  overflow: 'changes came faster than the system keeps them',
  limit: 'there are more folders than the system watches for one user',
  source: 'a source went away, came back or is another',
  failed: 'the system gave up telling of changes',
}

function eventLine(event: Exclude<WatchEvent, {type: 'snapshot'}>): string | undefined {
  switch (event.type) {
    case 'watching':
      return `watching ${event.paths.map((path) => `'${printable(path)}'`).join(', ')}; Ctrl-C ends it`
    case 'not-watching': {
      const hint = event.error.hint === undefined ? '' : ` (${printable(event.error.hint)})`
      return `${printable(event.error.message)}: everything is walked every ${formatDuration(event.everyMs)}${hint}`
    }
    case 'remote':
      return `'${printable(event.path)}' lies on ${event.fileSystem}, where nothing tells what other machines change: everything is walked every ${formatDuration(event.everyMs)}`
    case 'lost':
      return `${LOSSES[event.loss]}: everything will be walked`
    case 'retry':
      return `trying again in ${formatDuration(event.afterMs)}`
    case 'untold':
      return `nothing had told of ${formatCounted(event.count, 'change')} that a walk has found, such as '${printable(event.paths[0])}'`
    case 'taking':
      return undefined
  }
}
