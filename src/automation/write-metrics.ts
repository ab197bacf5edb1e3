/** The state of profiles for Prometheus, as a text file that node_exporter's textfile collector reads. */
import {fileError} from '../errors.js'
import type {RunRecord} from '../journal/run-record.js'
import type {RunState} from '../journal/run-words.js'
import {nowNs} from '../util/clock.js'
import {replaceFile} from '../util/replace-file.js'
import type {Profile} from './profile.js'
import {type ProfileStatus, profileStatus} from './profile-status.js'

const STATES: readonly RunState[] = ['succeeded', 'incomplete', 'damaged', 'failed', 'interrupted', 'timed-out', 'killed']

interface Metric {
  name: string
  help: string
  /** None for a profile that has nothing to tell. */
  samples: (status: ProfileStatus) => Sample[]
}

type Sample = {labels?: Record<string, string>; value: number}

const METRICS: readonly Metric[] = [
  metric('last_success_timestamp_seconds', 'When the last run that stored a snapshot ended.', ({lastSuccess}) =>
    seconds(lastSuccess?.end?.endedMs),
  ),
  metric('last_run_timestamp_seconds', 'When the last run began.', ({last}) => seconds(last?.startedMs)),
  {
    name: 'pocket_last_run_status',
    help: 'How the last run ended: 1 for that status, 0 for the others.',
    samples: ({last}) => (last ? STATES.map((status) => ({labels: {status}, value: last.state === status ? 1 : 0})) : []),
  },
  metric('last_run_duration_seconds', 'How long the last run took.', ({last}) => seconds(last?.end?.elapsedMs)),
  ofSnapshot('bytes_read', 'Bytes of files that the last run with a snapshot read.', ({bytesRead}) => bytesRead),
  ofSnapshot('bytes_added', 'Bytes that it added, before compression.', ({bytesAdded}) => bytesAdded),
  ofSnapshot('bytes_stored', 'Bytes that it put into the repository.', ({bytesStored}) => bytesStored),
  ofSnapshot('files', 'Files in it.', ({files}) => files),
  ofSnapshot('size_bytes', 'Bytes of all files in it.', ({bytes}) => bytes),
  ofSnapshot('unreadable', 'Files that could not be read for it.', ({unreadable}) => unreadable),
  metric('running', 'Whether a run is under way.', ({running}) => [{value: running ? 1 : 0}]),
  metric('silent', 'Whether nothing has succeeded for longer than the profile allows.', ({isSilent}) => [{value: isSilent ? 1 : 0}]),
  metric('well', 'Whether nothing is wrong, as the exit code of pocket status says.', ({isWell}) => [{value: isWell ? 1 : 0}]),
  metric('alarms_pending', 'Alarms that are still to be delivered.', ({pendingAlarms}) => [{value: pendingAlarms}]),
  metric('runs', 'Runs in the journal.', ({runs}) => [{value: runs}]),
  metric('run_failures', 'Runs in the journal that failed, found damage, took too long or were killed.', ({failures}) => [
    {value: failures},
  ]),
]

/** Replaces `path` as a whole, readable by everybody: another user collects it. Throws `no-space` and the like. */
export async function writeMetrics(path: string, profiles: readonly Profile[], {stateDirectory}: {stateDirectory: string}): Promise<void> {
  const nowMs = Number(nowNs() / 1_000_000n)
  const statuses = await Promise.all(profiles.map((profile) => profileStatus(profile, {stateDirectory, nowMs})))
  try {
    await replaceFile(path, metricsText(statuses), 0o644)
  } catch (error) {
    throw fileError(error, `cannot write the metrics to '${path}'`)
  }
}

/** In the text format of Prometheus, version 0.0.4. */
export function metricsText(statuses: readonly ProfileStatus[]): string {
  const lines = METRICS.flatMap(({name, help, samples}) => {
    const found = statuses.flatMap((status) =>
      samples(status).map(({labels, value}) => `${name}${labelsText({profile: status.profile, ...labels})} ${value}`),
    )
    return found.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...found]
  })
  return `${lines.join('\n')}\n`
}

function metric(name: string, help: string, samples: Metric['samples']): Metric {
  return {name: `pocket_${name}`, help, samples}
}

function ofSnapshot(
  name: string,
  help: string,
  measure: (snapshot: NonNullable<NonNullable<RunRecord['end']>['snapshot']>) => number,
): Metric {
  return metric(`last_run_${name}`, help, ({lastSuccess}) => {
    const snapshot = lastSuccess?.end?.snapshot
    return snapshot ? [{value: measure(snapshot)}] : []
  })
}

function seconds(milliseconds: number | undefined): Sample[] {
  return milliseconds === undefined ? [] : [{value: milliseconds / 1000}]
}

function labelsText(labels: Record<string, string>): string {
  const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')}}`
}
