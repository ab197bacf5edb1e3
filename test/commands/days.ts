/** A repository with a snapshot a day, for tests of what is done with several. */
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import type {Home, JsonObject} from './run-pocket.js'
import {createSnapshot, writeTree} from './run-pocket.js'

export interface Days {
  repository: string
  source: string
  /** Oldest first; of 2026-11-01 and the days after it. */
  ids: string[]
}

/** Each has 50 KB of its own, and 5 KB that those after it have, too, tagged `day1`, `day2` and so on. */
export async function createDays(home: Home, count: number): Promise<Days> {
  const {repository, source} = await createSnapshot(home, {'shared.txt': 'the same\n'})
  await rm(join(repository, 'snapshots'), {recursive: true})
  const ids: string[] = []
  for (let day = 1; day <= count; day++) {
    await writeTree(source, {'daily.txt': digits(day, 50_000), [`kept-${day}.txt`]: digits(100 + day, 5000)})
    const time = `2026-11-${String(day).padStart(2, '0')} 12:00:00`
    const lines = await home.json(['snapshot', '-r', repository, '--time', time, '--tag', `day${day}`, source, '--quiet'])
    ids.push(lines.at(-1)?.snapshot_id as string)
  }
  return {repository, source, ids}
}

/** Text of which no part is like that of another seed. */
function digits(seed: number, length: number): string {
  let text = ''
  for (let number = seed * 1_000_003; text.length < length; number = (number * 48_271) % 2_147_483_647) text += number
  return text
}

export async function listed(home: Home, repository: string, ...words: string[]): Promise<JsonObject[]> {
  return (await home.json(['list', '-r', repository, ...words]))[0].snapshots as JsonObject[]
}
