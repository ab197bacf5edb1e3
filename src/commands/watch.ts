import {string as stringArgument} from '@oclif/core/args'
import {integer, string} from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import {resolve} from 'node:path'
import type {Profile} from '../automation/profile.js'
import {chooseProfile} from '../cli/chosen-profile.js'
import {PROFILE_DEFAULTS} from '../cli/config/parse-profile.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {repositoryFlags, storageClassFlags, storeFlags} from '../cli/flags.js'
import {interruptible} from '../cli/interrupt.js'
import {withRepository} from '../cli/open-repository.js'
import {goOnWithoutReader} from '../cli/output.js'
import {parseSpan} from '../cli/parse-span.js'
import {stateDirectory} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {LEVELS} from '../cli/prune-flags.js'
import {watchJsonReporter} from '../cli/reporters/watch-json.js'
import {watchTextReporter} from '../cli/reporters/watch-text.js'
import {runOfProfile} from '../cli/run-of-profile.js'
import {MOST_WORKERS, snapshotSettings} from '../cli/snapshot-settings.js'
import {runSnapshotAlone} from '../cli/watch-run.js'

const INTERRUPTED = {
  state: 'what has changed since the last snapshot is in none',
  hint: 'start the watch again: it begins with a walk of everything',
}

const {quiet, longest_wait: longestWait, full_walk: fullWalk} = PROFILE_DEFAULTS.watch

export default class Watch extends PocketCommand {
  static override summary = 'take snapshots of files and folders whenever they change'
  static override description =
    `A snapshot is taken when nothing has changed for some seconds, and at the latest some minutes after the first change. Only what the system tells to
have changed is looked at; when it may have lost something, and once a day, everything is. Ctrl-C takes a last snapshot of what has changed, and ends.
Without PATHS, the default profile of the config file is watched, or the one that -P names: every snapshot is a run of it, with hooks, journal and alarms.`
  static override examples = [
    '<%= config.bin %> watch -P work',
    '<%= config.bin %> watch ~/Documents',
    "<%= config.bin %> watch --quiet-for 30s --exclude node_modules --exclude '*.tmp' ~/projects",
  ]
  static override args = {
    paths: stringArgument({description: 'what to watch [default: what the profile says]', multiple: true, ignoreStdin: true}),
  }
  static override flags = {
    ...repositoryFlags,
    ...storageClassFlags,
    ...storeFlags,
    'quiet-for': string({description: `take a snapshot when nothing has changed for so long [default: ${quiet}]`, helpValue: 'TIME'}),
    'longest-wait': string({description: `and at the latest so long after the first change [default: ${longestWait}]`, helpValue: 'TIME'}),
    'full-walk': string({description: `look at everything this often [default: ${fullWalk}]`, helpValue: 'TIME'}),
    tag: string({description: 'a tag for the snapshots; may be repeated', helpValue: 'TAG', multiple: true, multipleNonGreedy: true}),
    host: string({description: 'the host to record [default: this one]', helpValue: 'NAME'}),
    exclude: string({
      description: 'leave out what matches this pattern, as in .gitignore, or this absolute path; may be repeated',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    compression: string({description: 'how hard to compress [default: auto]', options: [...LEVELS]}),
    workers: integer({description: 'worker threads [default: one a core]', min: 1, max: MOST_WORKERS, helpValue: 'COUNT'}),
  }

  async run(): Promise<ExitCode> {
    const {args, flags} = await this.parse(Watch)
    const {output, errorOutput} = this
    const paths = args.paths ?? []
    const hasPaths = paths.length > 0
    const chosen = hasPaths ? {...NOTHING_ELSE, paths: paths.map((path) => resolve(path))} : (await chooseProfile(flags)).profile
    const profile = withFlags(chosen, flags)
    goOnWithoutReader()
    const reporter = flags.json ? watchJsonReporter({output, errorOutput}) : watchTextReporter({output, errorOutput, quiet: flags.quiet})
    const onWarning = reporter.warning.bind(reporter)
    const {watchProfile} = await import('../automation/watch-profile.js')
    const opening = hasPaths ? flags : {...flags, 'use-profile': profile.name}
    const watch = (signal: AbortSignal): ReturnType<typeof watchProfile> =>
      watchProfile({
        profile,
        stateDirectory: stateDirectory(),
        withRepository: (use, options) => withRepository(opening, use, options),
        run: hasPaths ? runSnapshotAlone : (request) => runOfProfile(request, {flags: opening, onWarning}),
        signal,
        onEvent: (event) => reporter.event(event),
        onSnapshotEvent: (event) => reporter.snapshotEvent(event),
        onWarning,
      })
    const onInterrupt = (): void => this.notice(['ending: a last snapshot of what has changed (once more to leave at once)'], flags)
    const outcome = await interruptible(watch, onInterrupt, INTERRUPTED)
    if (outcome?.status === 'incomplete') return exitCodes.sourceUnreadable
    return outcome === undefined || outcome.snapshot ? exitCodes.done : exitCodes.failed
  }
}

type WatchFlags = Interfaces.InferredFlags<typeof Watch.flags>

/** `profile` with what flags and variables say in its place. */
function withFlags(profile: Profile, flags: WatchFlags): Profile {
  const {excludes, tags, host, compression, workers} = snapshotSettings(flags, process.env, profile)
  const span = (name: 'quiet-for' | 'longest-wait' | 'full-walk', own: number): number => {
    const text = flags[name]
    return text === undefined ? own : parseSpan(text, `--${name}`)
  }
  return {
    ...profile,
    excludes: excludes.value,
    tags: tags.value,
    host: host.value,
    compression: compression.value,
    workers: workers.value === 0 ? undefined : workers.value,
    watch: {
      quietMs: span('quiet-for', profile.watch.quietMs),
      longestWaitMs: span('longest-wait', profile.watch.longestWaitMs),
      fullWalkMs: span('full-walk', profile.watch.fullWalkMs),
    },
  }
}

/** What a watch of paths has in the place of a profile. */
const NOTHING_ELSE: Omit<Profile, 'paths'> = {
  name: 'watch',
  excludes: [],
  tags: [],
  host: undefined,
  compression: undefined,
  workers: undefined,
  retention: undefined,
  prune: undefined,
  check: undefined,
  hooks: {before: [], after: [], onFailure: [], finally: []},
  alarms: {on: [], repeatMs: 0, silenceMs: undefined, channels: []},
  schedules: [],
  watch: {
    quietMs: parseSpan(quiet, 'watch'),
    longestWaitMs: parseSpan(longestWait, 'watch'),
    fullWalkMs: parseSpan(fullWalk, 'watch'),
  },
}
