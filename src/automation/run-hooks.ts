/** Runs what a person wants done around a snapshot. */
import {PocketError} from '../errors.js'
import type {Redactor} from '../util/redact.js'
import type {RunJournal} from '../journal/run-journal.js'
import {childEnvironment} from '../util/child-environment.js'
import {firstLine} from '../util/first-line.js'
import {runShell} from '../util/run-shell.js'
import type {Hook, HookMoment} from './profile.js'

export interface HookContext {
  journal: RunJournal
  redactor: Redactor
  /** Added to the environment: `POCKET_…`. */
  variables: Readonly<Record<string, string>>
  /** Ends a hook; not given for those that are to run whatever happens. */
  signal?: AbortSignal
}

/** Of what each hook says, so much is kept. */
const KEEP_BYTES = 64 * 1024
/** Of a command in a message. */
const SHOWN_LENGTH = 100
const HOOK_NAMES: Readonly<Record<HookMoment, string>> = {before: 'before', after: 'after', onFailure: 'on-failure', finally: 'finally'}

/**
 * Runs `hooks` one after the other, up to the first that fails; those of `finally` are all run. Throws `hook-failed`, and `interrupted` when the signal
 * ended one.
 */
export async function runHooks(hooks: readonly Hook[], moment: HookMoment, context: HookContext): Promise<void> {
  let failure: PocketError | undefined
  for (const hook of hooks) {
    const failed = await runHook(hook, moment, context)
    failure ??= failed
    if (failure && moment !== 'finally') break
  }
  if (failure) throw failure
}

async function runHook({command, timeoutMs}: Hook, moment: HookMoment, context: HookContext): Promise<PocketError | undefined> {
  const {journal, redactor, variables, signal} = context
  const hook = HOOK_NAMES[moment]
  journal.add({type: 'hook-begun', hook, command})
  // A secret that begins before what is kept must be known whole, to be recognised.
  const keepBytes = KEEP_BYTES + 4 * redactor.longest
  const environment = childEnvironment({...variables, POCKET_HOOK: hook})
  const {exitCode, isTimedOut, output, leftOutBytes, elapsedMs} = await runShell(command, {environment, timeoutMs, signal, keepBytes})
  const clean = redactor.redact(output)
  const kept = Buffer.from(clean).subarray(-KEEP_BYTES).toString('utf8')
  for (const line of kept.replace(/\r?\n$/, '').split(/\r?\n/)) if (kept !== '') journal.add({type: 'output', hook, line})
  journal.add({
    type: 'hook-ended',
    hook,
    ...(exitCode !== undefined && {exitCode}),
    ...(isTimedOut && {isTimedOut}),
    elapsedMs: Math.round(elapsedMs),
    ...(leftOutBytes > 0 && {leftOutBytes}),
  })
  if (signal?.aborted && exitCode !== 0) return new PocketError('interrupted', 'the run was interrupted')
  if (exitCode === 0 && !isTimedOut) return undefined
  const how = isTimedOut
    ? `took longer than ${Math.round(timeoutMs / 1000)} s`
    : exitCode === undefined
      ? 'was ended by a signal'
      : `ended with ${exitCode}`
  return new PocketError('hook-failed', `the hook '${hook}' ${how}: ${firstLine(redactor.redact(command), SHOWN_LENGTH)}`, {
    hint: `'pocket runs ${journal.start.id.slice(0, 8)}' shows what it said`,
  })
}
