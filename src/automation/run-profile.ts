/**
 * One run of a profile, from the first hook to the last alarm. What is to be done comes from the profile, how it is done from `operations/`; this folder
 * decides in which order, what follows from a failure, and what is told.
 */
import {randomUUID} from 'node:crypto'
import {fileError, PocketError} from '../errors.js'
import {dropOldRuns} from '../journal/drop-old-runs.js'
import {Redactor} from '../util/redact.js'
import {RunJournal} from '../journal/run-journal.js'
import {runLockPath, type RunStart} from '../journal/run-record.js'
import {nowNs} from '../util/clock.js'
import {ownIdentity} from '../util/process-identity.js'
import {type LockHolder, type ProcessLock, takeLock} from '../util/process-lock.js'
import {PROGRAM} from '../util/version.js'
import {knownSecrets} from './known-secrets.js'
import {ProfileRun} from './profile-run.js'
import {RUN_STEPS, type RunOutcome, type RunRequest} from './run-types.js'

/**
 * Runs a profile as `request` says, journals it and raises alarms. Never rejects for what goes wrong in the run: the outcome tells. Throws `profile-busy`
 * when another run of the profile is under way and this one was begun by hand; one of a schedule or a watch has the status `busy` then.
 */
export async function runProfile(request: RunRequest): Promise<RunOutcome> {
  const {profile, stateDirectory, trigger} = request
  const start: RunStart = {
    id: randomUUID(),
    profile: profile.name,
    trigger,
    ...(request.schedule !== undefined && {schedule: request.schedule}),
    steps: RUN_STEPS.filter((step) => request.steps.has(step)),
    startedMs: nowMs(),
    process: ownIdentity(),
    program: PROGRAM,
  }
  const redactor = new Redactor(knownSecrets(profile, request.secrets ?? []))
  const taken = takeProfile(request, start.id)
  if ('heldBy' in taken) return busy(request, {start, redactor, heldBy: taken.heldBy})
  try {
    const troubles: PocketError[] = 'trouble' in taken ? [taken.trouble] : []
    let onTrouble = (trouble: PocketError): void => void troubles.push(trouble)
    const journal = await RunJournal.open(start, {stateDirectory, redactor, onTrouble: (trouble) => onTrouble(trouble)})
    const run = new ProfileRun({request, journal, redactor})
    onTrouble = (trouble) => run.warn(trouble)
    for (const trouble of troubles) run.warn(trouble)
    return await run.run()
  } finally {
    if ('holder' in taken) giveBack(taken, request)
    tidyJournal(request)
  }
}

/** A disk that cannot be written keeps nobody from a snapshot: two at once would only do the same twice. */
function takeProfile({profile, stateDirectory}: RunRequest, id: string): ProcessLock | {heldBy: LockHolder} | {trouble: PocketError} {
  try {
    return takeLock(runLockPath(stateDirectory, profile.name), id)
  } catch (error) {
    return {trouble: asTrouble(error, `cannot note in '${stateDirectory}' that '${profile.name}' runs`)}
  }
}

function giveBack(lock: ProcessLock, {profile, stateDirectory, onWarning}: RunRequest): void {
  try {
    lock.release()
  } catch (error) {
    onWarning?.(asTrouble(error, `cannot note in '${stateDirectory}' that '${profile.name}' has run`))
  }
}

function tidyJournal({profile, stateDirectory, onWarning}: RunRequest): void {
  try {
    dropOldRuns(stateDirectory, profile.name, nowMs())
  } catch (error) {
    onWarning?.(asTrouble(error, `cannot remove old journals in '${stateDirectory}'`))
  }
}

interface Busy {
  start: RunStart
  redactor: Redactor
  heldBy: LockHolder
}

async function busy({profile, trigger, stateDirectory, onWarning}: RunRequest, {start, redactor, heldBy}: Busy): Promise<RunOutcome> {
  const error = new PocketError(
    'profile-busy',
    `another run of '${profile.name}' is under way, in process ${heldBy.pid} of ${heldBy.host} since ${new Date(heldBy.sinceMs).toISOString()}`,
    {hint: "wait until it has ended; 'pocket status' shows what it does", retryable: true},
  )
  if (trigger === 'manual') throw error
  const onTrouble = (trouble: PocketError): void => onWarning?.(trouble)
  const journal = await RunJournal.open(start, {stateDirectory, redactor, onTrouble})
  const {code, message, hint} = error
  const elapsedMs = nowMs() - start.startedMs
  await journal.finish({status: 'busy', endedMs: nowMs(), elapsedMs, steps: [], errors: 0, warnings: 0, error: {code, message, hint}})
  journal.close()
  return {id: start.id, status: 'busy', error}
}

function asTrouble(error: unknown, what: string): PocketError {
  const trouble = fileError(error, what)
  if (trouble instanceof PocketError) return trouble
  throw error
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
