/** Steps of tests of picked changes. */
import {type Repository, reviewSnapshot, type SnapshotOptions} from '../../src/index.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {take} from './simple-source.js'

/** Reviews, and takes a snapshot of the changes with these paths, each of which must be among them. */
export async function pick(repository: Repository, options: SnapshotOptions, wanted: readonly string[]) {
  const {parent, changes} = await reviewSnapshot(repository, options)
  const picked = changes.filter(({path}) => wanted.includes(path))
  if (picked.length !== wanted.length) throw new Error(`only ${changes.map(({path}) => path).join(', ')} can be picked`)
  return take(repository, {...options, parent: parent ?? false, picked})
}

export async function changesOf(repository: Repository, options: SnapshotOptions): Promise<string[]> {
  const {changes} = await reviewSnapshot(repository, options)
  return changes.map(({change, path}) => `${change} ${path}`).sort()
}

export async function lastRecord(repository: Repository) {
  return (await loadSnapshots(repository, repository.onWarning)).at(-1)!.record
}
