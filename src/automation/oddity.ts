/**
 * Tells whether a snapshot shows what no run of its profile has shown before: far more files changed or gone, or far more data that looks encrypted. Either
 * by this run alone, or by the runs of a day together, since what destroys files may take its time.
 *
 * What grows is not odd, nor what is unpacked, installed or checked out: new files beside those that stay say nothing, and what only moves between versions that
 * are stored already adds little. Odd is only what concerns a large share of all there was.
 */
import type {RunSnapshot} from '../journal/run-record.js'

export interface PastSnapshot extends RunSnapshot {
  startedMs: number
}

export interface Oddity {
  kinds: ('changed' | 'deleted' | 'high-entropy')[]
  /** What and how much, in a sentence. */
  message: string
  /** The last snapshot before it; those after it follow, which are the better the earlier. */
  goodSnapshots: string[]
}

/** So many runs have to have gone before. */
const LEAST_HISTORY = 5
const TIMES_THE_MOST = 3
const LARGE_SHARE = 0.5
const LEAST_FILES = 20
const LEAST_BYTES = 1024 * 1024
const DAY_MS = 24 * 60 * 60_000

/** What one run, or the runs of a day together, did to what was there before. */
interface Toll {
  changedFiles: number
  deletedFiles: number
  /** Of the files of before, those that are fewer now. */
  lostFiles: number
  lostBytes: number
  bytesAdded: number
  bytesHighEntropy: number
}

/** `history`: earlier snapshots of the profile that had a parent, oldest first. */
export function findOddity(now: PastSnapshot, history: readonly PastSnapshot[]): Oddity | undefined {
  if (now.parent === undefined || !now.parentFiles) return undefined
  const earlier = history.filter(({parent, startedMs}) => parent !== undefined && startedMs <= now.startedMs)
  return findInRun(now, earlier) ?? findInDay(now, earlier)
}

function findInRun(now: PastSnapshot, earlier: readonly PastSnapshot[]): Oddity | undefined {
  if (earlier.length < LEAST_HISTORY) return undefined
  return judge(
    [now],
    earlier.map((one) => tollOf([one])),
    'in one run',
  )
}

function findInDay(now: PastSnapshot, earlier: readonly PastSnapshot[]): Oddity | undefined {
  const isToday = ({startedMs}: PastSnapshot): boolean => startedMs > now.startedMs - DAY_MS
  const today = earlier.filter(isToday)
  const before = earlier.filter((one) => !isToday(one))
  if (today.length === 0 || before.length < LEAST_HISTORY) return undefined
  return judge([...today, now], tollsOfDays(before), 'in a day')
}

/** Of the day that ends with each run. */
function tollsOfDays(runs: readonly PastSnapshot[]): Toll[] {
  let first = 0
  return runs.map((run, place) => {
    while (runs[first].startedMs <= run.startedMs - DAY_MS) first++
    return tollOf(runs.slice(first, place + 1))
  })
}

function judge(runs: readonly PastSnapshot[], past: readonly Toll[], span: string): Oddity | undefined {
  const toll = tollOf(runs)
  const {parentFiles = 0, parentBytes = 0} = runs[0]
  const exceeds = (measure: (toll: Toll) => number): boolean => measure(toll) > TIMES_THE_MOST * Math.max(0, ...past.map(measure))
  const filesGoneOrChanged = toll.changedFiles + toll.deletedFiles
  const isMuch = (files: number): boolean => files >= LARGE_SHARE * parentFiles
  const isEncrypted =
    toll.bytesHighEntropy >= Math.max(LEAST_BYTES, LARGE_SHARE * parentBytes) &&
    isMuch(filesGoneOrChanged) &&
    exceeds(({bytesHighEntropy}) => bytesHighEntropy)
  const isChanged =
    toll.changedFiles >= LEAST_FILES &&
    isMuch(toll.changedFiles) &&
    toll.bytesAdded >= Math.max(LEAST_BYTES, LARGE_SHARE * parentBytes) &&
    exceeds(({changedFiles}) => changedFiles) &&
    exceeds(({bytesAdded}) => bytesAdded)
  const isDeleted =
    toll.deletedFiles >= LEAST_FILES &&
    (isMuch(toll.lostFiles) || (toll.lostBytes >= LEAST_BYTES && toll.lostBytes >= LARGE_SHARE * parentBytes)) &&
    exceeds(({deletedFiles}) => deletedFiles)
  const kinds = (['high-entropy', 'changed', 'deleted'] as const).filter(
    (kind) => ({'high-entropy': isEncrypted, changed: isChanged, deleted: isDeleted})[kind],
  )
  if (kinds.length === 0) return undefined
  return {kinds, message: describe(toll, {kinds, parentFiles, span}), goodSnapshots: runs.flatMap((run) => run.parent ?? [])}
}

function tollOf(runs: readonly PastSnapshot[]): Toll {
  const total = (measure: (run: PastSnapshot) => number | undefined): number => runs.reduce((sum, run) => sum + (measure(run) ?? 0), 0)
  const [first] = runs
  const last = runs[runs.length - 1]
  return {
    changedFiles: total(({changedFiles}) => changedFiles),
    deletedFiles: total(({deletedFiles}) => deletedFiles),
    lostFiles: Math.max(0, (first.parentFiles ?? 0) - last.files),
    lostBytes: Math.max(0, (first.parentBytes ?? 0) - last.bytes),
    bytesAdded: total(({bytesAdded}) => bytesAdded),
    bytesHighEntropy: total(({bytesHighEntropy}) => bytesHighEntropy),
  }
}

function describe(toll: Toll, {kinds, parentFiles, span}: {kinds: Oddity['kinds']; parentFiles: number; span: string}): string {
  const parts = {
    changed: `${toll.changedFiles} of ${parentFiles} files changed`,
    deleted: `${toll.deletedFiles} of ${parentFiles} files gone`,
    'high-entropy': `${Math.round(toll.bytesHighEntropy / 1024 ** 2)} MiB of data that looks encrypted, with ${toll.changedFiles} files changed and ${toll.deletedFiles} gone of ${parentFiles}`,
  }
  const shown = kinds.includes('high-entropy') ? kinds.filter((kind) => kind === 'high-entropy') : kinds
  return `${shown.map((kind) => parts[kind]).join(', ')} ${span}: far more than ever before`
}
