/** Commands that look through all trees without changing anything: progress on a terminal, and Ctrl-C. */
import type {MeasureOptions} from '../operations/measure-snapshots.js'
import type {Repository} from '../operations/open-repository.js'
import type {RepositoryFlags} from './flags.js'
import {formatCount} from './format-quantity.js'
import {interruptible} from './interrupt.js'
import {withRepository} from './open-repository.js'
import {terminalDisplay} from './progress-display.js'

const INTERRUPTED = {state: 'nothing was changed', hint: 'sizes are known only when all snapshots have been looked at'}

/** Opens the repository for `use`, which is given what `measureSnapshots` and the like want. Throws `interrupted`, and what `withRepository` throws. */
export async function measuring<Result>(
  flags: RepositoryFlags,
  use: (repository: Repository, options: MeasureOptions) => Promise<Result>,
): Promise<Result> {
  const display = terminalDisplay(flags)
  const clear = (): void => display?.clear()
  const onProgress = (done: number, total: number): void => display?.show(measuringLine(done, total), '')
  const measure = (signal: AbortSignal): Promise<Result> =>
    withRepository(flags, (repository) => use(repository, {signal, onProgress}), {signal, clear})
  return interruptible(measure, clear, INTERRUPTED).finally(clear)
}

export function measuringLine(done: number, total: number): string {
  return `looking at snapshot ${formatCount(Math.min(done + 1, total))} of ${formatCount(total)}`
}
