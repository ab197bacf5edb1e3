import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {desktopCommand} from '../../src/alarm/desktop.js'
import type {AlarmMessage} from '../../src/alarm/message.js'
import {placeOf, sendMessage, sendPing} from '../../src/alarm/send.js'
import type {AlarmChannel} from '../../src/alarm/settings.js'
import {Redactor} from '../../src/util/redact.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {makeCertificate, startSmtpServer} from './smtp-server.js'
import {startWebServer} from './web-server.js'

const MESSAGE: AlarmMessage = {
  occasion: 'failure',
  profile: 'home',
  host: 'atlas',
  title: 'home on atlas failed: the disk is full',
  text: 'snapshot: the disk is full\n.a line with a dot',
  atMs: Date.UTC(2026, 2, 1),
  runId: 'abc',
  code: 'no-space',
}
const options = () => ({redactor: new Redactor(), attempts: 3, pauseMs: 1, timeoutMs: 3000})
const mailTo = (server: string, changes: Partial<Extract<AlarmChannel, {type: 'email'}>> = {}) =>
  ({
    type: 'email',
    server,
    user: undefined,
    password: undefined,
    from: 'pocket@example.org',
    to: ['a@example.org', 'b@example.org'],
    ...changes,
  }) as const

test('mail: it is delivered over STARTTLS, after the user was let in', async (t) => {
  const folder = temporaryFolder(t)
  const certificate = makeCertificate(folder)
  const smtp = await startSmtpServer(t, {user: 'pocket', password: 'correct-horse', certificate})
  writeFileSync(join(folder, 'password'), 'correct-horse\n')
  const channel = mailTo(`smtp://localhost:${smtp.port}`, {user: 'pocket', password: {type: 'file', path: join(folder, 'password')}})
  await sendMessage(channel, MESSAGE, {...options(), certificateAuthority: certificate.cert})
  const [mail] = smtp.mails
  t.like(mail, {from: 'pocket@example.org', to: ['a@example.org', 'b@example.org'], isEncrypted: true, user: 'pocket'})
  t.regex(mail.data, /^Subject: \[pocket\] home on atlas failed: the disk is full$/m)
  t.regex(mail.data, /^\.a line with a dot$/m)
  t.regex(mail.data, /^Date: Sun, 01 Mar 2026 00:00:00 \+0000$/m)
  t.false(smtp.plain.join('').includes(Buffer.from('correct-horse').toString('base64').slice(0, 8)))
})

test('mail: smtps is encrypted from the first byte on', async (t) => {
  const certificate = makeCertificate(temporaryFolder(t))
  const smtp = await startSmtpServer(t, {certificate, isEncrypted: true})
  await sendMessage(mailTo(`smtps://localhost:${smtp.port}`), MESSAGE, {...options(), certificateAuthority: certificate.cert})
  t.true(smtp.mails[0].isEncrypted)
})

test('mail: a server that nobody vouches for, a wrong password and one that is not there are errors without secrets', async (t) => {
  const certificate = makeCertificate(temporaryFolder(t))
  const smtp = await startSmtpServer(t, {user: 'pocket', password: 'correct-horse', certificate})
  const wrong = mailTo(`smtp://localhost:${smtp.port}`, {user: 'pocket', password: {type: 'value', value: 'wrong-horse'}})
  const refused = await t.throwsAsync(sendMessage(wrong, MESSAGE, {...options(), certificateAuthority: certificate.cert}), {
    code: 'alarm-failed',
  })
  t.is(refused.message, `the mail server 'smtp://localhost:${smtp.port}' refuses the user or the password (535)`)
  await t.throwsAsync(sendMessage(wrong, MESSAGE, options()), {code: 'alarm-failed', message: /cannot be reached|encrypted/})
  await t.throwsAsync(sendMessage(mailTo('smtp://localhost:9'), MESSAGE, options()), {
    message: "the mail server 'smtp://localhost:9' cannot be reached: ESOCKET",
  })
  await t.throwsAsync(sendMessage(mailTo('http://localhost'), MESSAGE, options()), {code: 'alarm-failed', message: /smtp:\/\//})
  t.deepEqual(smtp.mails, [])
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('mail: a password is not sent to another machine in the clear (only on Linux, where 0.0.0.0 is this one)', async (t) => {
  const smtp = await startSmtpServer(t, {user: 'pocket', password: 'correct-horse'})
  const channel = (host: string) =>
    mailTo(`smtp://${host}:${smtp.port}`, {user: 'pocket', password: {type: 'value', value: 'correct-horse'}})
  await t.throwsAsync(sendMessage(channel('0.0.0.0'), MESSAGE, options()), {
    code: 'alarm-failed',
    message: /does not offer an encrypted connection/,
  })
  t.false(smtp.plain.join('').includes('AUTH'))
  await sendMessage(channel('127.0.0.1'), MESSAGE, options())
  t.is(smtp.mails.length, 1)
})

test('webhook: a message is posted as JSON, and again when the server has trouble', async (t) => {
  const web = await startWebServer(t)
  const channel = {type: 'webhook', url: {type: 'command', command: `echo '${web.url}/hook/secret'`}} as const
  await sendMessage(channel, MESSAGE, options())
  t.like(web.asked[0], {method: 'POST', path: '/hook/secret'})
  t.is(web.asked[0].headers['content-type'], 'application/json')
  t.deepEqual(JSON.parse(web.asked[0].body), {
    type: 'pocket_alarm',
    version: 1,
    occasion: 'failure',
    profile: 'home',
    host: 'atlas',
    title: MESSAGE.title,
    text: `${MESSAGE.title}\n${MESSAGE.text}`,
    time: '2026-03-01T00:00:00.000Z',
    run_id: 'abc',
    status: null,
    code: 'no-space',
    snapshot_id: null,
    pinned_id: null,
  })
  t.is(await placeOf(channel, new Redactor()), web.url)
  for (const [status, count] of [
    [503, 3],
    [429, 3],
    [404, 1],
  ]) {
    web.asked = []
    web.status = status
    const error = await t.throwsAsync(sendMessage(channel, MESSAGE, options()), {code: 'alarm-failed'})
    t.is(error.message, `the webhook at '${web.url}' answered ${status}`)
    t.is(web.asked.length, count, `${status}`)
  }
})

test('webhook: a URL that is none is an error that does not show it', async (t) => {
  for (const value of ['hook/secret-token', 'file:///secret-token', '']) {
    const error = await t.throwsAsync(sendMessage({type: 'webhook', url: {type: 'value', value}}, MESSAGE, options()), {
      code: 'alarm-failed',
    })
    t.false(error.message.includes('secret-token'), error.message)
  }
})

test('ping: the log is cut to what monitors take, and secrets are cut out of it', async (t) => {
  const web = await startWebServer(t)
  const redactor = new Redactor(['correct-horse'])
  const channel = {type: 'ping', url: {type: 'value', value: `${web.url}/uuid/?a=b`}} as const
  await sendPing(channel, {kind: 'failure', runId: 'run', log: `${'x'.repeat(200_000)} correct-horse end`}, {...options(), redactor})
  t.is(web.asked[0].path, '/uuid/fail?a=b&rid=run')
  t.is(Buffer.byteLength(web.asked[0].body), 100_000)
  t.true(web.asked[0].body.endsWith('x *** end'))
})

test('command: it is told in its environment and by JSON, and its failure is one', async (t) => {
  const file = join(temporaryFolder(t), 'told')
  await sendMessage(
    {type: 'command', command: `cat > '${file}'; echo "$POCKET_ALARM_OCCASION $POCKET_ALARM_CODE" >> '${file}'`},
    MESSAGE,
    options(),
  )
  const [json, variables] = readFileSync(file, 'utf8').trim().split('\n')
  t.like(JSON.parse(json), {occasion: 'failure', run_id: 'abc'})
  t.is(variables, 'failure no-space')
  await t.throwsAsync(sendMessage({type: 'command', command: 'exit 3'}, MESSAGE, options()), {
    message: 'the command for alarms ended with 3',
  })
})

test('desktop: each system is asked in its own way, and what is shown is never part of a script', (t) => {
  const evil = {...MESSAGE, title: '"; rm -rf / #', text: "'$(touch x)'"}
  const linux = desktopCommand(evil, 'linux', 'unix:path=/run/user/1000/bus')
  t.is(linux.program, 'notify-send')
  t.deepEqual(linux.words, ['--app-name=Pocket', '--urgency=critical', '--', evil.title, evil.text])
  t.deepEqual(linux.variables, {DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus'})
  const mac = desktopCommand(evil, 'darwin', undefined)
  t.is(mac.program, '/usr/bin/osascript')
  t.deepEqual(mac.words.slice(-2), [evil.title, evil.text])
  t.false(mac.words.slice(0, -2).join('').includes('rm -rf'))
  const windows = desktopCommand(evil, 'win32', undefined)
  t.is(windows.program, 'powershell.exe')
  t.deepEqual(windows.variables, {POCKET_ALARM_TITLE: evil.title, POCKET_ALARM_TEXT: evil.text})
  t.false(Buffer.from(windows.words[3], 'base64').toString('utf16le').includes('rm -rf'))
})
