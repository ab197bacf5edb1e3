import {secretsOfEnvironment} from '../util/redact.js'
import type {Profile, SecretText} from './profile.js'

/** The secrets that stand in the profile and the environment, and those given. */
export function knownSecrets({alarms}: Profile, given: readonly string[]): string[] {
  const texts = alarms.channels.flatMap((channel): (SecretText | undefined)[] => {
    if (channel.type === 'webhook' || channel.type === 'ping') return [channel.url]
    return channel.type === 'email' ? [channel.password] : []
  })
  const values = texts.flatMap((text) => (text?.type === 'value' ? [text.value] : []))
  return [...given, ...values, ...secretsOfEnvironment(process.env)]
}
