/** A small source, a snapshot of it with its events, and what a snapshot holds. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {listEntries, type Repository, type SnapshotEvent, type SnapshotOptions, takeSnapshot} from '../../src/index.js'
import {textContent, writeRandom} from './content.js'
import {type Place, WORKERS} from './repository-place.js'

/** Folders a, a/b and c with a file each, and one more file. */
export function writeSource({source}: Place): void {
  mkdirSync(join(source, 'a', 'b'), {recursive: true})
  mkdirSync(join(source, 'c'))
  writeRandom(join(source, 'a', 'one.bin'), 1, 100_000)
  writeFileSync(join(source, 'a', 'b', 'two.txt'), textContent(2, 50_000))
  writeFileSync(join(source, 'c', 'three.log'), 'three')
  writeFileSync(join(source, 'four'), '')
}

export async function take(repository: Repository, options: SnapshotOptions) {
  const events: SnapshotEvent[] = []
  const result = await takeSnapshot(repository, {
    workers: WORKERS,
    ...options,
    onEvent: (event) => {
      events.push(event)
      options.onEvent?.(event)
    },
  })
  return {...result, events: events.filter(({type}) => type !== 'progress')}
}

export async function pathsIn(repository: Repository, reference = 'latest'): Promise<string[]> {
  const paths: string[] = []
  for await (const {path} of listEntries(repository, {reference, recursive: true})) paths.push(path)
  return paths
}
