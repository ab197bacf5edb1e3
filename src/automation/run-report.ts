/** What of a run that has ended is for the alarms. */
import type {AlarmReport} from '../alarm/alarm-desk.js'
import {type FoundTrouble, isSame} from '../alarm/troubles.js'
import type {PocketError} from '../errors.js'
import type {RunError, RunPart, RunSnapshot, RunStepEnd} from '../journal/run-record.js'
import type {RunStatus} from '../journal/run-words.js'
import type {FoundOddity} from './look-for-oddities.js'

export interface EndedRun {
  runId: string
  status: RunStatus
  takesSnapshot: boolean
  steps: readonly RunStepEnd[]
  failures: readonly ({part: RunPart} & RunError)[]
  snapshot?: RunSnapshot
  oddity?: FoundOddity
  journalTrouble?: PocketError
  log: string
}

/** A run that somebody has ended is told to nobody, and ends nothing that was wrong. */
export function reportOf(run: EndedRun): AlarmReport {
  const {runId, status, snapshot, oddity, log} = run
  const found = troublesOf(run)
  const well = wellParts(run)
  const isGood = status === 'succeeded' || status === 'incomplete'
  return {
    found,
    hasEnded: (trouble) => {
      if (found.some((one) => isSame(one, trouble))) return false
      if (trouble.occasion === 'silence') return snapshot?.id !== undefined || snapshot?.isUnchanged === true
      return trouble.step !== undefined && well.has(trouble.step)
    },
    about: {
      runId,
      status,
      ...(snapshot?.id !== undefined && {snapshotId: snapshot.id}),
      ...(oddity?.pinned !== undefined && {pinnedId: oddity.pinned}),
    },
    ...(isGood && {success: snapshot ? summaryOf(snapshot) : 'All that was to be done was done.'}),
    ...(status !== 'interrupted' && {ping: {kind: isGood ? 'success' : 'failure', log}}),
  }
}

function troublesOf({runId, status, failures, steps, snapshot, oddity, journalTrouble}: EndedRun): FoundTrouble[] {
  const found: FoundTrouble[] = []
  const fail = (step: string, code: string, message: string, hint?: string): void => {
    found.push({occasion: 'failure', step, code, message, ...(hint !== undefined && {hint})})
  }
  const look = `'pocket runs ${runId.slice(0, 8)}' tells more`
  if (status === 'timed-out') fail('run', 'timed-out', 'the run took longer than it may, and was ended', look)
  else if (status !== 'interrupted') for (const {part, code, message, hint} of failures) fail(part, code, message, hint)
  for (const {step, outcome} of steps) if (outcome === 'damaged') fail(step, 'damaged', `the ${step} has found damage`, look)
  if (snapshot && snapshot.unreadable > 0)
    fail('snapshot', 'source-unreadable', `${counted(snapshot.unreadable, 'file')} could not be read`, look)
  if (journalTrouble) fail('journal', journalTrouble.code, journalTrouble.message, 'make room for it, or let Pocket write there')
  if (oddity) found.push(oddTrouble(oddity))
  return found
}

function oddTrouble({message, goodSnapshots, pinned, problem}: FoundOddity): FoundTrouble {
  const kept =
    pinned === undefined
      ? `the last good snapshot could not be pinned: ${problem?.message ?? 'it is gone'}`
      : `the last good snapshot is pinned as ${pinned}`
  return {
    occasion: 'odd',
    code: `odd-${goodSnapshots[0]}`,
    message,
    hint: `${kept}; if this is not your doing, restore from it, and do not forget it`,
  }
}

/** The parts of which this run has shown that they are well. */
function wellParts({steps, failures, takesSnapshot, status}: EndedRun): Set<string> {
  const well = new Set<string>(steps.flatMap(({step, outcome}) => (outcome === 'done' ? [step] : [])))
  if (status === 'interrupted') return well
  well.add('run').add('journal')
  if (well.size > 2) well.add('repository')
  if (takesSnapshot && !failures.some(({part}) => part === 'hooks')) well.add('hooks')
  for (const {part} of failures) well.delete(part)
  return well
}

function summaryOf({files, newFiles, changedFiles, bytesAdded, id = ''}: RunSnapshot): string {
  return `Snapshot ${id.slice(0, 8)} of ${counted(files, 'file')}: ${newFiles} new, ${changedFiles} changed, ${sizeText(bytesAdded)} added.`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

function sizeText(bytes: number): string {
  const power = UNITS.findLastIndex((_, place) => place === 0 || bytes >= 1024 ** place)
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
