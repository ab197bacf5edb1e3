/**
 * Alarms: how a person is told of what happened while nobody looked. This folder knows the ways to tell, and what has been told; what happened, and
 * whether it matters, is for its callers.
 */

/** Where a secret is, or itself. It is read when it is needed, and shown nowhere. */
export type SecretText = {type: 'value'; value: string} | {type: 'file'; path: string} | {type: 'command'; command: string}

export const OCCASIONS = ['failure', 'success', 'silence', 'odd'] as const
export type Occasion = (typeof OCCASIONS)[number]

export interface AlarmSettings {
  /** What the channels other than pings are told of; pings are told of every start, success and failure. */
  on: readonly Occasion[]
  /** The same trouble is told again after so many ms. */
  repeatMs: number
  /** There is silence when nothing has succeeded for so many ms. */
  silenceMs: number | undefined
  channels: readonly AlarmChannel[]
}

export type AlarmChannel =
  /** A POST of JSON. */
  | {type: 'webhook'; url: SecretText}
  /** Of the healthchecks kind: `URL/start`, `URL`, `URL/fail`, the log in the body. */
  | {type: 'ping'; url: SecretText}
  | {
      type: 'email'
      /** `smtp://host:587`, `smtps://host:465`. */
      server: string
      user: string | undefined
      password: SecretText | undefined
      from: string
      to: readonly string[]
    }
  | {type: 'desktop'}
  /** For the shell; told in POCKET_ALARM_* variables and JSON on stdin. */
  | {type: 'command'; command: string}
