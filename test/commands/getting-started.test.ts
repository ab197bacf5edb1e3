/** docs/getting-started.md as a person would follow it: its own commands, on a terminal, with two answers. */
import {spawn, spawnSync} from 'node:child_process'
import {chmod, mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {createTestBucket, onServerSerial, WHERE_SERVER} from '../s3-server/bucket.js'
import {createHome, PROGRAM} from './run-pocket.js'

const PAGE = new URL('../../../docs/getting-started.md', import.meta.url)
const HAS_SCRIPT = spawnSync('script', ['--version']).status === 0
const onTerminal = HAS_SCRIPT ? onServerSerial : test.serial.skip

/** The shell commands of a part of the page. */
async function commandsOf(heading: string): Promise<string[]> {
  const page = await readFile(PAGE, 'utf8')
  const [, part] = page.split(`## ${heading}\n`)
  const [, block] = /```sh\n([\s\S]*?)```/.exec(part.split('\n## ')[0]) ?? []
  return block.trim().split('\n')
}

/** Runs `command` in a shell on a terminal of its own, and answers each question when it is asked. */
function answer(
  command: string,
  answers: readonly [RegExp, string][],
  environment: Record<string, string>,
): Promise<{code: number | null; screen: string}> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qefc', command, '/dev/null'], {env: {TERM: 'xterm', ...environment}})
    const left = [...answers]
    let screen = ''
    let seen = 0
    const read = (piece: Buffer): void => {
      screen += piece.toString('utf8')
      const [question] = left
      if (question === undefined || !question[0].test(screen.slice(seen))) return
      seen = screen.length
      left.shift()
      child.stdin.write(question[1])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    child.on('close', (code) => resolve({code, screen}))
  })
}

interface Hook {
  url: string
  messages: Record<string, unknown>[]
}

async function startHook(t: ExecutionContext): Promise<Hook> {
  const messages: Record<string, unknown>[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      messages.push(JSON.parse(body) as Record<string, unknown>)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/T0P-SECRET`, messages}
}

onTerminal(`getting started: one command and two answers, then a run, a restore, and an alarm when it fails${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const home = await createHome(t)
  const hook = await startHook(t)
  await mkdir(join(home.path, 'bin'))
  await chmod(PROGRAM, 0o755)
  await symlink(PROGRAM, join(home.path, 'bin', 'pocket'))
  await mkdir(join(home.path, 'Documents'))
  await writeFile(join(home.path, 'Documents', 'letter.txt'), 'Dear Ada,\n'.repeat(1000))
  const environment = {
    PATH: `${join(home.path, 'bin')}:${process.env.PATH}`,
    HOME: home.path,
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    POCKET_SCHEDULER: 'none',
  }
  const keys = {AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey}

  const [exporting, init] = await commandsOf('Set it up')
  t.regex(exporting, /^export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…$/)
  const command = `${init.replace('my-bucket', name)} --endpoint ${server.endpoint}`
  const answers: [RegExp, string][] = [
    [/Which folders/, '\r'],
    [/Who is to be told/, `webhook:${hook.url}\r`],
  ]
  const made = await answer(command, answers, {...environment, ...keys})
  t.is(made.code, 0, made.screen)
  t.regex(made.screen, /its key is/)
  const config = await readFile(join(home.path, '.config', 'pocket', 'config.toml'), 'utf8')
  t.true(config.includes(`paths = ["${home.path}"]`), config)
  t.notRegex(config, new RegExp(server.secretAccessKey))

  // What follows has no variables of keys, as a timer has none.
  for (const heading of ['The first run', 'See that it comes back']) {
    for (const line of await commandsOf(heading)) {
      const words = line.replace('/tmp/restored', join(home.path, 'restored')).split(' ')
      const {status, stdout, stderr} = spawnSync(words[0], words.slice(1), {env: environment, encoding: 'utf8'})
      t.is(status, 0, `${line}: ${stdout}${stderr}`)
    }
  }
  t.is(await readFile(join(home.path, 'restored', 'Documents', 'letter.txt'), 'utf8'), 'Dear Ada,\n'.repeat(1000))
  t.deepEqual(hook.messages, [], 'nobody is told of what went well')

  await rm(join(home.path, '.config', 'pocket', 'credentials'))
  // Not synchronously: whoever is told is in this process.
  const run = (): Promise<number | null> =>
    new Promise((resolve) => spawn('pocket', ['schedule', 'run', 'default'], {env: environment, stdio: 'ignore'}).on('close', resolve))
  t.is(await run(), 1)
  t.is(await run(), 1)
  t.is(hook.messages.length, 1, 'told once')
  const status = spawnSync('pocket', ['status'], {env: environment, encoding: 'utf8'})
  t.is(status.status, 1, status.stdout)
})
