/** The secrets of a profile and of the environment are in nothing that is written, sent to others than whom they are for, or shown in the list of processes. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {startSmtpServer} from '../alarm/smtp-server.js'
import {startWebServer} from '../alarm/web-server.js'

const PROGRAM = fileURLToPath(new URL('./secret-run.js', import.meta.url))

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux(
  'secrets: of the config and the environment appear in no journal, state, message, output or process list (only on Linux)',
  async (t) => {
    const folder = temporaryFolder(t)
    const web = await startWebServer(t)
    const smtp = await startSmtpServer(t, {user: 'pocket', password: 'other'})
    const secrets = {
      webhook: 'secret-of-the-webhook-4711',
      ping: 'secret-of-the-ping-4712',
      file: 'secret-in-a-file-4713',
      mail: 'secret-of-the-mail-4714',
      password: 'secret-password-4715',
      key: 'secret-access-key-4716',
    }
    writeFileSync(join(folder, 'url'), `http://127.0.0.1:9/${secrets.file}\n`)
    const child = spawn(process.execPath, [PROGRAM, folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {...process.env, POCKET_PASSWORD: secrets.password, AWS_SECRET_ACCESS_KEY: secrets.key},
    })
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)))
    // What is not on its command line, and not in its output either, comes on its input.
    child.stdin.end(JSON.stringify({secrets, web: web.url, smtpPort: smtp.port}))
    const ended = once(child, 'exit')
    const seen: string[] = []
    while (child.exitCode === null) {
      seen.push(...commandLines())
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await ended
    t.is(child.exitCode, 0, output.join(''))
    const written = filesBelow(join(folder, 'state')).map((path) => readFileSync(path, 'utf8'))
    t.true(written.length >= 3, written.join())
    t.true(written.join().includes('told with ***'), 'the hook has told its secrets')
    t.true(
      seen.some((line) => line.includes('sleep 0.2')),
      'the list of processes shows the hook',
    )
    const asked = web.asked.map(({path, body, headers}) => ({path, text: body + JSON.stringify(headers)}))
    t.true(
      asked.some(({path}) => path.startsWith(`/${secrets.webhook}`)),
      'the webhook was called',
    )
    for (const [name, secret] of Object.entries(secrets)) {
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
        t.false(written.join('\n').includes(form), `the state has that of ${name}`)
        t.false(output.join('').includes(form), `the output has that of ${name}: ${output.join('')}`)
        t.false(
          seen.some((line) => line.includes(form)),
          `the list of processes has that of ${name}`,
        )
        for (const {text} of asked) t.false(text.includes(form), `a message has that of ${name}`)
      }
    }
  },
)

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch (error) {
        // It has ended meanwhile.
        if (error instanceof Error && 'code' in error) return []
        throw error
      }
    })
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}
