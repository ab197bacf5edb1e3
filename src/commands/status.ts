import {boolean, string} from '@oclif/core/flags'
import type {Delivery} from '../alarm/deliver.js'
import type {Profile} from '../automation/profile.js'
import {allProfiles, chooseProfile} from '../cli/chosen-profile.js'
import {type ExitCode, exitCodes} from '../cli/exit-codes.js'
import {configFlags, outputFlags} from '../cli/flags.js'
import {stateDirectory} from '../cli/places.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {printable} from '../cli/printable.js'
import {type StatusExtras, statusJson, statusLines} from '../cli/reporters/profile-status.js'
import {reportWarning} from '../cli/report-error.js'
import {isPocketError, PocketError} from '../errors.js'
import {nowNs} from '../util/clock.js'

export default class Status extends PocketCommand {
  static override summary = 'show whether the profiles are well, on one screen'
  static override description =
    `What this machine knows of its runs; no repository is opened. Exit code 1: the last run of a profile failed, or found damage, or was killed, or nothing has succeeded for longer than the profile allows.`
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --use-profile home --metrics-file /var/lib/node_exporter/pocket.prom',
    '<%= config.bin %> status --test-alarm',
  ]
  static override flags = {
    ...outputFlags,
    ...configFlags,
    'use-profile': string({char: 'P', description: 'only this profile of the config file', helpValue: 'NAME'}),
    'metrics-file': string({description: 'write the metrics of all profiles shown to this file, for Prometheus', helpValue: 'PATH'}),
    'test-alarm': boolean({description: 'send a test by each channel of alarms, and tell what comes of it'}),
  }

  async run(): Promise<ExitCode> {
    const {flags} = await this.parse(Status)
    const chosen = flags['use-profile'] === undefined ? await allProfiles(flags) : [await chooseProfile(flags)]
    const profiles = chosen.map(({profile}) => profile)
    if (profiles.length === 0) throw new PocketError('usage', 'there is no profile', {hint: "have 'pocket init --nightly' write one"})
    if (flags['test-alarm']) return this.#test(profiles, flags)
    await this.#note(profiles, flags)
    const extras = await this.#extras(profiles)
    const {profileStatus} = await import('../automation/profile-status.js')
    const nowMs = Number(nowNs() / 1_000_000n)
    const statuses = await Promise.all(profiles.map((profile) => profileStatus(profile, {stateDirectory: stateDirectory(), nowMs})))
    if (flags['metrics-file'] !== undefined) {
      const {writeMetrics} = await import('../automation/write-metrics.js')
      await writeMetrics(flags['metrics-file'], profiles, {stateDirectory: stateDirectory()})
    }
    if (flags.json) this.printJson('status', statusJson(statuses, extras))
    else if (!flags.quiet || statuses.some(({isWell}) => !isWell)) this.printLines(statusLines(statuses, nowMs, extras))
    return statuses.every(({isWell}) => isWell) ? exitCodes.done : exitCodes.failed
  }

  /** What nothing else looks after is seen here, so that it can become silent. */
  async #note(profiles: readonly Profile[], flags: {json: boolean}): Promise<void> {
    const {noteProfiles} = await import('../automation/tend-alarms.js')
    try {
      await noteProfiles(profiles, {stateDirectory: stateDirectory()})
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.errorOutput.line(reportWarning(error, flags))
    }
  }

  async #extras(profiles: readonly Profile[]): Promise<Map<string, StatusExtras>> {
    const {readProven} = await import('../operations/proven-share.js')
    const extras = new Map<string, StatusExtras>()
    for (const {name} of profiles) {
      const proven = await readProven(stateDirectory(), name)
      if (proven) extras.set(name, {provenShare: proven.share})
    }
    return extras
  }

  async #test(profiles: readonly Profile[], {json}: {json: boolean}): Promise<ExitCode> {
    const {testAlarms} = await import('../automation/test-alarms.js')
    const tested = await testAlarms(profiles, {stateDirectory: stateDirectory()})
    if (tested.every(({deliveries}) => deliveries.length === 0)) {
      throw new PocketError('usage', 'no profile has a channel for alarms', {
        hint: 'write one into the table [profiles.NAME.alarms] of the config file',
      })
    }
    if (json)
      this.printJson('alarm_test', {
        channels: tested.flatMap(({profile, deliveries}) => deliveries.map((one) => deliveryJson(profile, one))),
      })
    else for (const {profile, deliveries} of tested) for (const one of deliveries) this.output.line(deliveryLine(profile, one))
    return tested.every(({deliveries}) => deliveries.every(({isDelivered}) => isDelivered)) ? exitCodes.done : exitCodes.failed
  }
}

function deliveryLine(profile: string, {channel, place, isDelivered, message = ''}: Delivery): string {
  return printable(`${profile}: ${channel}: ${isDelivered ? `told ${place}` : `not delivered: ${message}`}`)
}

function deliveryJson(profile: string, {channel, place, isDelivered, message}: Delivery): Record<string, string | boolean | null> {
  return {profile, channel, place, delivered: isDelivered, message: message ?? null}
}
