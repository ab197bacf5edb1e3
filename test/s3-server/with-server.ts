/**
 * `node dist/test/s3-server/with-server.js COMMAND ARGUMENTS…` runs a command, as a rule ava, with one S3 server beside
 * it, and ends with the command's exit code. It starts nothing when the variables of `test-server.ts` name a server
 * already. Where no server can be had, it says so before and after, and the tests that need one are skipped; with
 * POCKET_TEST_S3_REQUIRED set, the run then fails whatever the command's exit code.
 */
import {spawn} from 'node:child_process'
import {constants} from 'node:os'
import {type Rgw, startRgw} from './rgw.js'
import {REQUIRED_VARIABLE, serverVariables, testServer} from './test-server.js'

const STORAGE_CLASS = 'STANDARD_IA'

const [command, ...words] = process.argv.slice(2)
if (command === undefined) {
  say('usage: with-server COMMAND ARGUMENTS…')
  process.exitCode = 2
} else if (testServer() !== undefined) {
  say(`tests of S3 use ${testServer()?.endpoint}`)
  process.exitCode = await run(command, words, {})
} else {
  process.exitCode = await runWithServer(command, words)
}

async function runWithServer(command: string, words: readonly string[]): Promise<number> {
  let rgw: Rgw
  let variables: Record<string, string>
  const start = performance.now()
  try {
    rgw = await startRgw({storageClasses: [STORAGE_CLASS]})
    variables = await describe(rgw)
  } catch (error) {
    return runWithout(command, words, error instanceof Error ? error.message : String(error))
  }
  say(`tests of S3 use a Ceph of their own at ${rgw.endpoint}, started in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  try {
    return await run(command, words, variables)
  } finally {
    await rgw.stop()
  }
}

async function describe(rgw: Rgw): Promise<Record<string, string>> {
  const {endpoint, region, accessKeyId, secretAccessKey, kmsKeyId} = rgw
  const otherUser = await rgw.createUser('other')
  return serverVariables({endpoint, region, accessKeyId, secretAccessKey, kmsKeyId, otherUser, storageClass: STORAGE_CLASS})
}

async function runWithout(command: string, words: readonly string[], reason: string): Promise<number> {
  const isFailure = Boolean(process.env[REQUIRED_VARIABLE])
  const lines = ['TESTS OF S3 ARE SKIPPED. There is no server to test against:', reason]
  if (isFailure) lines.push(`${REQUIRED_VARIABLE} is set, so this run fails in any case.`)
  warn(lines)
  const code = await run(command, words, {})
  warn(lines)
  return isFailure ? code || 1 : code
}

/** Runs to the end and gives the exit code. Signals are passed on, so that the server outlives what uses it. */
function run(command: string, words: readonly string[], variables: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {stdio: 'inherit', env: {...process.env, ...variables}})
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
}

function warn(lines: readonly string[]): void {
  const frame = '*'.repeat(100)
  say([frame, ...lines.map((line) => `*  ${line}`), frame].join('\n'))
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
