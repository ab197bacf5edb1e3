/** Tries the channels of alarms before they are needed. */
import type {Delivery} from '../alarm/deliver.js'
import {Redactor} from '../util/redact.js'
import {knownSecrets} from './known-secrets.js'
import type {Profile} from './profile.js'
import {alarmDesk} from './run-alarms.js'
import type {TendOptions} from './tend-alarms.js'

export interface TestedProfile {
  profile: string
  /** One for each channel. */
  deliveries: Delivery[]
}

export async function testAlarms(profiles: readonly Profile[], options: TendOptions): Promise<TestedProfile[]> {
  const tested: TestedProfile[] = []
  for (const profile of profiles) {
    const desk = alarmDesk({...options, profile, redactor: new Redactor(knownSecrets(profile, []))})
    tested.push({profile: profile.name, deliveries: await desk.test()})
  }
  return tested
}
