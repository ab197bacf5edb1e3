/** `pocket snapshot`: of paths that were named, or of a profile, with all that is told meanwhile. */
import {PocketError} from '../errors.js'
import type {Profile} from '../automation/profile.js'
import type {RunOutcome} from '../automation/run-types.js'
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotOptions, SnapshotResult} from '../operations/take-snapshot.js'
import {copyCommand, describeMade, noRepository} from './embedded-repository.js'
import {type ExitCode, exitCodes} from './exit-codes.js'
import type {RepositoryFlags} from './flags.js'
import {interruptible} from './interrupt.js'
import {jsonLine} from './json-output.js'
import {makeFirstRepository, withRepository} from './open-repository.js'
import type {Output} from './output.js'
import {findTerminal} from './password-prompt.js'
import {choosePrices} from './prices.js'
import {terminalDisplay} from './progress-display.js'
import {snapshotJsonReporter} from './reporters/snapshot-json.js'
import {snapshotTextReporter} from './reporters/snapshot-text.js'
import type {SnapshotReporter} from './reporters/snapshot-reporter.js'
import {reportWarning} from './report-error.js'
import {runOfProfile} from './run-of-profile.js'

const INTERRUPTED = {
  state: 'no complete snapshot was saved; what was stored until now, if anything was, is kept as an incomplete one',
  hint: 'run the same command again: it goes on from there',
}

export interface SnapshotJob {
  flags: RepositoryFlags & {review: boolean}
  /** Without what a run itself adds. */
  options: SnapshotOptions
  /** Whose hooks run around it, and whose journal tells of it. */
  profile: Profile | undefined
  output: Output
  errorOutput: Output
}

type Taken = SnapshotResult | 'none'

/** Takes the snapshot and tells of it. Throws what `takeSnapshot` throws, `hook-failed` and `profile-busy`. */
export async function runSnapshot(job: SnapshotJob): Promise<ExitCode> {
  const {flags, output, errorOutput} = job
  const display = terminalDisplay(flags)
  const prices = await choosePrices(flags)
  const reporter = flags.json
    ? snapshotJsonReporter({output, quiet: flags.quiet, prices})
    : snapshotTextReporter({output, errorOutput, display, quiet: flags.quiet, prices})
  const {checkSnapshot} = await import('../operations/take-snapshot.js')
  const options: SnapshotOptions = {...job.options, estimate: display !== undefined, onEvent: (event) => reporter.event(event)}
  await makeFirst(job, () => {
    checkSnapshot(options)
    if (options.dryRun || options.parent) throw noRepository()
  })
  const take = (signal: AbortSignal): Promise<Taken> =>
    job.profile && !options.dryRun
      ? takeOfProfile(job, job.profile, {...options, signal}, reporter)
      : takeOfPaths(job, {...options, signal}, reporter)
  const onInterrupt = (): void => {
    reporter.stop()
    notice(job, ['interrupted: putting the repository in order (once more to leave at once)'])
  }
  const result = await interruptible(take, onInterrupt, INTERRUPTED).finally(() => reporter.stop())
  if (result === 'none') {
    output.line('nothing was stored')
    return exitCodes.done
  }
  reporter.result(result)
  return result.unreadable > 0 ? exitCodes.sourceUnreadable : exitCodes.done
}

function takeOfPaths(job: SnapshotJob, options: SnapshotOptions, reporter: SnapshotReporter): Promise<Taken> {
  return withRepository(job.flags, (repository) => takeReviewed(job, repository, options), {
    isWriting: true,
    signal: options.signal,
    clear: () => reporter.stop(),
  })
}

async function takeReviewed({flags, output, errorOutput}: SnapshotJob, repository: Repository, options: SnapshotOptions): Promise<Taken> {
  const {takeSnapshot} = await import('../operations/take-snapshot.js')
  if (!flags.review) return takeSnapshot(repository, options)
  const {reviewBefore} = await import('./review-snapshot.js')
  const chosen = await reviewBefore(repository, options, {flags, output, errorOutput, terminal: findTerminal()})
  return chosen === 'none' ? chosen : takeSnapshot(repository, chosen)
}

/** With the hooks of the profile around it, in its journal, and never beside another run of it on this machine. */
async function takeOfProfile(job: SnapshotJob, profile: Profile, options: SnapshotOptions, reporter: SnapshotReporter): Promise<Taken> {
  const {flags, errorOutput} = job
  const clear = (): void => reporter.stop()
  let isDeclined = false
  const outcome = await runOfProfile(
    {
      profile,
      trigger: 'manual',
      steps: new Set(['snapshot'] as const),
      snapshot: async (repository, {onEvent}) => {
        const tell: SnapshotOptions['onEvent'] = (event) => {
          options.onEvent?.(event)
          onEvent?.(event)
        }
        const taken = await takeReviewed(job, repository, {...options, onEvent: tell})
        if (taken !== 'none') return taken
        isDeclined = true
        throw new PocketError('interrupted', 'nothing was picked')
      },
      signal: options.signal,
    },
    {
      flags,
      clear,
      onWarning: (warning) => {
        clear()
        errorOutput.line(reportWarning(warning, flags))
      },
    },
  )
  return isDeclined ? 'none' : resultOf(outcome)
}

function resultOf({error, snapshot}: RunOutcome): SnapshotResult {
  if (error !== undefined) throw error
  if (snapshot === undefined) throw new RangeError('a run of a profile ended with neither a snapshot nor an error')
  return snapshot
}

async function makeFirst(job: SnapshotJob, check: () => void): Promise<void> {
  const made = await makeFirstRepository(job.flags, check)
  if (made === undefined) return
  const {location, keyFile} = made
  if (job.flags.json) {
    const copy = keyFile === undefined ? null : copyCommand(keyFile)
    job.output.line(jsonLine('repository_made', {location, key_file: keyFile ?? null, copy_command: copy}))
  }
  notice(job, [...describeMade(made), ''])
}

function notice({flags, errorOutput}: SnapshotJob, lines: readonly string[]): void {
  if (flags.json) errorOutput.line(jsonLine('notice', {message: lines.join('\n')}))
  else for (const line of lines) errorOutput.line(line)
}
