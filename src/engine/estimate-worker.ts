/** The worker of an estimate: counts files and their bytes, and passes over what cannot be looked at, which the run itself reports. */
import {parentPort, workerData} from 'node:worker_threads'
import {systemCode} from '../errors.js'
import {createExcluder, type PathMatcher} from '../filesystem/exclude.js'
import {joinPath} from '../filesystem/native-path.js'
import {listDirectory, statEntry, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ByteString} from '../util/bytes.js'
import type {EstimateWork} from './estimate.js'
import {folderKey} from './folder-key.js'

/** Something to be counted with all that is below it. */
interface Place {
  path: ByteString
  /** Its path below the source; empty for the source itself. */
  relative: ByteString
  /** Those of the source. */
  excludes: PathMatcher | undefined
}

/** Entries between two questions whether to go on. */
const ENTRIES_PER_TURN = 2048

const {paths, excludes, forbidden, turn} = workerData as EstimateWork
const skipped = new Set(forbidden)
const totals = {files: 0, bytes: 0}
const stack: Place[] = paths.map((path) => ({
  path,
  relative: '' as ByteString,
  excludes: excludes.length > 0 ? createExcluder(excludes, path) : undefined,
}))

for (let entries = 1, place = stack.pop(); place !== undefined; entries++, place = stack.pop()) {
  count(place)
  if (entries % ENTRIES_PER_TURN === 0) waitForTurn()
}
parentPort?.postMessage(totals)

function waitForTurn(): void {
  Atomics.store(turn, 0, 0)
  parentPort?.postMessage('turn')
  Atomics.wait(turn, 0, 0)
}

function count(place: Place): void {
  const {path, relative} = place
  try {
    const stats = statEntry(path)
    const type = typeOfMode(Number(stats.mode))
    const isDirectory = type === ENTRY_TYPE.directory
    if (relative !== '' && place.excludes?.(relative, isDirectory)) return
    if (isDirectory && !skipped.has(folderKey(stats))) for (const name of listDirectory(path)) stack.push(below(place, name))
    if (type !== ENTRY_TYPE.file) return
    totals.files++
    totals.bytes += Number(stats.size)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

function below({path, relative, excludes: own}: Place, name: ByteString): Place {
  return {path: joinPath(path, name), relative: (relative === '' ? name : `${relative}/${name}`) as ByteString, excludes: own}
}
