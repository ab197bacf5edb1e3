import type {Reach} from '../operations/reach.js'
import type {Output} from './output.js'
import type {Questions} from './questions.js'
import type {SecretSource} from './secret.js'

/** What the questions of `pocket init` stand on. */
export interface WizardOptions {
  questions: Questions
  /** For what is no question. */
  output: Output
  /** As the command's parser gives them: what they say is not asked. */
  flags: Readonly<Record<string, unknown>>
  environment: NodeJS.ProcessEnv
  /** The location that the config file names, and the secret that opens it. */
  configured: string | undefined
  configuredSecret: SecretSource | undefined
  /** A secret that a flag or a variable names. */
  secret: SecretSource | undefined
  /** Told of a bucket that has been made, whatever happens after. */
  onBucketMade?: (bucket: string) => void
  reachOf: (location: string, flags: Readonly<Record<string, unknown>>) => Reach
}
