/** The worker of an estimate: counts files and their bytes, and passes over what cannot be looked at, which the run itself reports. */
import {parentPort, workerData} from 'node:worker_threads'
import {systemCode} from '../errors.js'
import {joinPath} from '../filesystem/native-path.js'
import {listDirectory, statEntry, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ByteString} from '../util/bytes.js'

const totals = {files: 0, bytes: 0}
const stack = [...(workerData as ByteString[])]

for (let path = stack.pop(); path !== undefined; path = stack.pop()) count(path)
parentPort?.postMessage(totals)

function count(path: ByteString): void {
  try {
    const stats = statEntry(path)
    const type = typeOfMode(Number(stats.mode))
    if (type === ENTRY_TYPE.directory) for (const name of listDirectory(path)) stack.push(joinPath(path, name))
    if (type !== ENTRY_TYPE.file) return
    totals.files++
    totals.bytes += Number(stats.size)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
