/** What `pocket pin` and `pocket tag` have in common: each snapshot that is marked is stored again, and has another id then. */
import {shortId} from '../id.js'
import type {FoundSnapshot} from '../operations/find-snapshot.js'
import type {SnapshotMarks} from '../operations/mark-snapshots.js'
import type {Repository} from '../operations/open-repository.js'
import type {RepositoryFlags} from './flags.js'
import {interruptible} from './interrupt.js'
import {jsonLine} from './json-output.js'
import {withRepository} from './open-repository.js'
import type {Output} from './output.js'

const INTERRUPTED = {state: 'the snapshots that were told of are marked, the others are as they were', hint: 'run the same command again'}

export interface Marking {
  output: Output
  find: (repository: Repository) => Promise<FoundSnapshot[]>
  marks: SnapshotMarks
  /** What has become of a snapshot, such as `is pinned`, and what it was already. */
  words: {done: string; already: string}
}

/** Says of each snapshot which id it has from now on, as soon as that is so. */
export async function markAndTell(flags: RepositoryFlags, {output, find, marks, words}: Marking): Promise<void> {
  const {markSnapshots} = await import('../operations/mark-snapshots.js')
  const onMarked = ({from, to}: {from: string; to: string}): void => {
    if (flags.json) output.line(jsonLine('marked', {old_id: from, id: to, changed: from !== to}))
    else if (!flags.quiet)
      output.line(`snapshot ${short(from)} ${from === to ? words.already : `${words.done}, and has the id ${short(to)} now`}`)
  }
  const work = (signal: AbortSignal): Promise<number> =>
    withRepository(
      flags,
      async (repository) => (await markSnapshots(repository, await find(repository), marks, {signal, onMarked})).length,
      {isWriting: true, signal},
    )
  const count = await interruptible(work, () => undefined, INTERRUPTED)
  if (count === 0 && !flags.json && !flags.quiet) output.line('no snapshots')
}

function short(id: string): string {
  return shortId(id as Parameters<typeof shortId>[0])
}
