/** The status line of a running snapshot or restore, put together from its progress events. */
import {formatCount, formatCounted, formatDuration, formatSize} from './format-quantity.js'
import {Rate} from './rate.js'

/** Running totals, as the engine reports them. */
export interface SnapshotProgress {
  elapsedMs: number
  files: number
  bytesRead: number
  bytesProcessed: number
  bytesNew: number
  bytesStored: number
  totalFiles?: number
  totalBytes?: number
}

export interface RestoreProgress {
  elapsedMs: number
  files: number
  bytes: number
  totalFiles: number
  totalBytes: number
}

/** `43%  1,234 files  1.2 GiB read  300 MiB new  210 MiB/s read  40 MiB/s written  0:42 left` */
export class SnapshotStatus {
  readonly #readRate = new Rate()
  readonly #writeRate = new Rate()
  readonly #remaining = new Remaining()

  line(progress: SnapshotProgress): string {
    const {elapsedMs, files, bytesRead, bytesProcessed, bytesNew, bytesStored, totalFiles, totalBytes} = progress
    this.#readRate.add(elapsedMs, bytesRead)
    this.#writeRate.add(elapsedMs, bytesStored)
    return joinParts([
      percent(bytesProcessed, totalBytes),
      formatCounted(files, 'file'),
      `${formatSize(bytesRead)} read`,
      `${formatSize(bytesNew)} new`,
      `${formatSize(this.#readRate.perSecond())}/s read`,
      `${formatSize(this.#writeRate.perSecond())}/s written`,
      this.#remaining.line({elapsedMs, files, bytes: bytesProcessed, totalFiles, totalBytes}),
    ])
  }
}

/** `43%  1,234 of 5,000 files  1.2 of 3.4 GiB  210 MiB/s  0:42 left` */
export class RestoreStatus {
  readonly #rate = new Rate()
  readonly #remaining = new Remaining()

  line(progress: RestoreProgress): string {
    const {elapsedMs, files, bytes, totalFiles, totalBytes} = progress
    this.#rate.add(elapsedMs, bytes)
    return joinParts([
      percent(bytes, totalBytes),
      `${formatCount(files)} of ${formatCounted(totalFiles, 'file')}`,
      `${formatSize(bytes)} of ${formatSize(totalBytes)}`,
      `${formatSize(this.#rate.perSecond())}/s`,
      this.#remaining.line(progress),
    ])
  }
}

interface Totals {
  elapsedMs: number
  files: number
  bytes: number
  totalFiles?: number
  totalBytes?: number
}

/** What a file costs beside its bytes, in bytes: small files are slow by their number. */
const FILE_COST = 65_536

/** Time left, from how fast the work went over the last seconds: bytes, and a little for each file. */
class Remaining {
  readonly #rate = new Rate(20_000)

  line({elapsedMs, files, bytes, totalFiles, totalBytes}: Totals): string {
    const done = bytes + files * FILE_COST
    this.#rate.add(elapsedMs, done)
    const perSecond = this.#rate.perSecond()
    if (totalFiles === undefined || totalBytes === undefined || elapsedMs < 1000 || perSecond === 0) return ''
    const left = Math.max(0, totalBytes + totalFiles * FILE_COST - done)
    // All is read; how long it takes to send what is on its way is not known.
    return left === 0 ? '' : `${formatDuration(Math.ceil(left / perSecond) * 1000)} left`
  }
}

function percent(done: number, total: number | undefined): string {
  return total === undefined || total === 0 ? '' : `${Math.min(100, Math.floor((done * 100) / total))}%`
}

function joinParts(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('  ')
}
