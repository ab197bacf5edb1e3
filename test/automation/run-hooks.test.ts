import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {PocketError} from '../../src/errors.js'
import {runShell} from '../../src/util/run-shell.js'
import {createRunPlace, hooksOf} from './run-fixture.js'

const SHELL = {environment: process.env, timeoutMs: 20_000, keepBytes: 1000}

function isAlive(pid: number): boolean {
  // One that nobody has waited for is gone all the same.
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

test('hook: one that takes too long is ended with all that it has begun, also what does not listen to TERM', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'pids')
  const grandchild = `sh -c 'trap "" TERM; echo $$ >> "${file}"; while :; do sleep 0.1; done'`
  const command = `${grandchild} & echo $$ >> '${file}'; echo begun; wait; wait`
  const {isTimedOut, output} = await runShell(command, {...SHELL, timeoutMs: 400, graceMs: 300})
  t.true(isTimedOut)
  t.is(output, 'begun\n')
  const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  t.is(pids.length, 2)
  for (const pid of pids) t.false(isAlive(pid), `${pid}`)
})

test('hook: one that takes too long fails the run, and the journal says why', async (t) => {
  const place = await createRunPlace(t)
  const hooks = hooksOf({before: {command: 'echo begun; sleep 60', timeoutMs: 300}})
  const {status, error} = await place.run({profile: {...place.profile, hooks}})
  t.is(status, 'failed')
  t.is(error!.code, 'hook-failed')
  t.true(error!.message.includes("the hook 'before' took longer than"), error!.message)
  t.like(
    place.events().find(({type}) => type === 'hook-ended'),
    {isTimedOut: true, hook: 'before'},
  )
})

test('hook: what it leaves running goes on, and is not waited for', async (t) => {
  const startMs = performance.now()
  const {exitCode, output} = await runShell('sleep 30 & echo $!', SHELL)
  t.is(exitCode, 0)
  t.true(performance.now() - startMs < 5000)
  t.true(isAlive(Number(output)))
  process.kill(Number(output))
})

test('hook: of what it says the last 64 KiB are kept, without secrets, also one that is cut in two', async (t) => {
  const place = await createRunPlace(t)
  const secret = 'correct-horse-battery'
  // The cut goes through the secret.
  const command = `printf '%s\\n' '${secret}'; head -c ${64 * 1024 - 12} /dev/zero | tr '\\0' x; echo`
  await place.run({secrets: [secret], profile: {...place.profile, hooks: hooksOf({before: command})}})
  const lines = place.events().flatMap((event) => (event.type === 'output' ? [event.line] : []))
  const text = lines.join('\n')
  t.true(Buffer.byteLength(text) <= 64 * 1024 && Buffer.byteLength(text) > 60_000, `${Buffer.byteLength(text)}`)
  for (let length = 4; length < secret.length; length++) t.false(text.includes(secret.slice(-length)), secret.slice(-length))
})

test('hook: it is not told passwords of repositories', async (t) => {
  const place = await createRunPlace(t)
  process.env.POCKET_PASSWORD = 'correct-horse-battery'
  process.env.POCKET_FROM_PASSWORD = 'correct-horse-battery'
  t.teardown(() => {
    delete process.env.POCKET_PASSWORD
    delete process.env.POCKET_FROM_PASSWORD
  })
  await place.run({profile: {...place.profile, hooks: hooksOf({before: 'env | grep -c PASSWORD; env'})}})
  const [count, ...others] = place.events().flatMap((event) => (event.type === 'output' ? [event.line] : []))
  t.is(count, '0')
  t.true(others.some((line) => line.startsWith('POCKET_RUN_ID=')))
})

test('hook: a run that is interrupted ends the hook that runs, takes no snapshot, and runs those of finally', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'log')
  const controller = new AbortController()
  const hooks = hooksOf({
    before: `echo $$ > '${file}.pid'; sleep 60`,
    onFailure: `echo failure >> '${file}'`,
    finally: `echo "finally $POCKET_STATUS" >> '${file}'`,
  })
  const running = place.run({signal: controller.signal, profile: {...place.profile, hooks}})
  while (!existsSync(`${file}.pid`) || readFileSync(`${file}.pid`, 'utf8') === '') await delay(20)
  controller.abort()
  const {status, snapshot} = await running
  t.is(status, 'interrupted')
  t.is(snapshot, undefined)
  t.is(readFileSync(file, 'utf8'), 'finally interrupted\n')
  t.false(isAlive(Number(readFileSync(`${file}.pid`, 'utf8'))))
  t.is(place.runs()[0].state, 'interrupted')
})

test('run: one that takes longer than it may has timed out, and finally hooks run', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'log')
  writeFileSync(join(place.source, 'file'), 'content')
  const hooks = hooksOf({
    before: 'sleep 60',
    finally: `echo "$POCKET_STATUS" >> '${file}'`,
    onFailure: `echo "failure $POCKET_STATUS" >> '${file}'`,
  })
  const {status} = await place.run({signal: AbortSignal.timeout(300), profile: {...place.profile, hooks}})
  t.is(status, 'timed-out')
  t.is(readFileSync(file, 'utf8'), 'failure timed-out\ntimed-out\n')
})

test('run: one whose snapshot was declined is interrupted, and no failure', async (t) => {
  const place = await createRunPlace(t)
  const file = join(place.folder, 'log')
  const hooks = hooksOf({onFailure: `echo failure >> '${file}'`, finally: `echo finally >> '${file}'`})
  const snapshot = () => Promise.reject(new PocketError('interrupted', 'nothing was picked'))
  const {status} = await place.run({snapshot, profile: {...place.profile, hooks}})
  t.is(status, 'interrupted')
  t.is(readFileSync(file, 'utf8'), 'finally\n')
})
