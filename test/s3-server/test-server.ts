/** The S3 server that a test run uses, as environment variables: any server can be tested by setting them. */

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

/** What is optional is undefined where the server has it not, or nobody said so: what needs it is then not tested. */
export interface TestServer extends Credentials {
  endpoint: string
  region: string
  /** Another user of the same server, with the name that bucket policies call it by. */
  otherUser?: Credentials & {arn: string}
  /** A storage class beside STANDARD. */
  storageClass?: string
  /** A key for objects put with `aws:kms`. */
  kmsKeyId?: string
}

const PREFIX = 'POCKET_TEST_S3_'

/** Says that a test run without a server is to fail. */
export const REQUIRED_VARIABLE = `${PREFIX}REQUIRED`

/** The server that the variables name, or undefined when there is none. Throws when a needed variable is missing. */
export function testServer(): TestServer | undefined {
  if (variable('ENDPOINT') === undefined) return undefined
  const arn = variable('OTHER_ARN')
  return {
    endpoint: needed('ENDPOINT'),
    region: needed('REGION'),
    accessKeyId: needed('ACCESS_KEY_ID'),
    secretAccessKey: needed('SECRET_ACCESS_KEY'),
    otherUser:
      arn === undefined ? undefined : {arn, accessKeyId: needed('OTHER_ACCESS_KEY_ID'), secretAccessKey: needed('OTHER_SECRET_ACCESS_KEY')},
    storageClass: variable('STORAGE_CLASS'),
    kmsKeyId: variable('KMS_KEY_ID'),
  }
}

/** The variables from which `testServer` reads this server. */
export function serverVariables(server: TestServer): Record<string, string> {
  const values: Record<string, string | undefined> = {
    ENDPOINT: server.endpoint,
    REGION: server.region,
    ACCESS_KEY_ID: server.accessKeyId,
    SECRET_ACCESS_KEY: server.secretAccessKey,
    OTHER_ARN: server.otherUser?.arn,
    OTHER_ACCESS_KEY_ID: server.otherUser?.accessKeyId,
    OTHER_SECRET_ACCESS_KEY: server.otherUser?.secretAccessKey,
    STORAGE_CLASS: server.storageClass,
    KMS_KEY_ID: server.kmsKeyId,
  }
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) variables[PREFIX + name] = value
  return variables
}

function variable(name: string): string | undefined {
  return process.env[PREFIX + name] || undefined
}

function needed(name: string): string {
  const value = variable(name)
  if (value === undefined) throw new Error(`${PREFIX}ENDPOINT is set, but ${PREFIX}${name} is not`)
  return value
}
