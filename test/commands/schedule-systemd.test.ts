/** Timers of a systemd that has really booted, firing real snapshots. */
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {bootSystemd, NO_SYSTEMD, until} from '../machine/own-room.js'
import {NOBODY, onRestrictedSerial} from '../users.js'
import {makeHome, type RoomHome} from './room-home.js'
import type {JsonObject} from './run-pocket.js'

const booted = NO_SYSTEMD === undefined ? test.serial : test.serial.skip
const bootedRestricted = NO_SYSTEMD === undefined ? onRestrictedSerial : test.serial.skip
const WHERE = NO_SYSTEMD === undefined ? '' : ` (${NO_SYSTEMD})`

async function fires(t: ExecutionContext, home: RoomHome): Promise<void> {
  const isThere = async (): Promise<boolean> => (await home.json(['list'])).snapshots.length >= 2
  await until(isThere, 'no timer has taken two snapshots', 40_000)
  const statusOf = async (): Promise<unknown> => (await home.json(['schedule', 'list'])).schedules[0].last_status
  await until(async () => (await statusOf()) === 'succeeded', 'no run has succeeded')
  const {runs} = await home.json(['schedule', 'logs', 'home'])
  t.true(runs.length >= 2 && runs.every((run: JsonObject) => run.trigger === 'schedule' && run.schedule === 'home'))
}

booted(`systemd: a timer of the system takes snapshots within seconds, and is gone when it is removed${WHERE}`, async (t) => {
  const room = await bootSystemd(t)
  const home = await makeHome(t, room)
  const before = (await room.run(['cat', `${home.path}/.config/pocket/config.toml`])).stdout
  const {schedules} = await home.json(['schedule', 'add', '--every', '5s'])
  t.like(schedules[0], {name: 'home', installed_in: 'systemd-system'})
  await fires(t, home)
  const {stdout: units} = await room.run(['sh', '-c', 'cat /etc/systemd/system/pocket-*'])
  t.regex(units, /OnCalendar=\*-\*-\* \*:\*:0\/5/)
  t.false(units.includes('secret-of-ada'))
  t.is((await room.run(['systemctl', 'is-enabled', 'pocket-schedule-home.timer', 'pocket-tick.timer'])).stdout, 'enabled\nenabled\n')
  const priorities = await room.run(['systemctl', 'show', 'pocket-schedule-home.service', '--property=Nice,IOSchedulingClass,Result'])
  t.deepEqual(priorities.stdout.trim().split('\n').sort(), ['IOSchedulingClass=3', 'Nice=19', 'Result=success'])
  t.is((await home.pocket(['schedule', 'remove', 'home'])).code, 0)
  t.is((await room.run(['cat', `${home.path}/.config/pocket/config.toml`])).stdout, before)
  t.regex((await room.run(['systemctl', 'list-timers', '--all', 'pocket-*'])).stdout, /0 timers listed/)
  t.is((await room.run(['sh', '-c', 'ls -R /etc/systemd/system | grep -c pocket'])).stdout.trim(), '0')
})

bootedRestricted(`systemd: a timer of a user takes snapshots, and that it needs linger is told${WHERE}`, async (t) => {
  const room = await bootSystemd(t)
  await room.run(['install', '-d', '-o', String(NOBODY), `/tmp/home-${NOBODY}`])
  await room.startUserManager(NOBODY, `/tmp/home-${NOBODY}`)
  const home = await makeHome(t, room, NOBODY)
  const added = await home.pocket(['schedule', 'add', '--every', '5s', '--json'])
  t.is(added.code, 0, added.stderr)
  t.regex(added.stderr, /enable-linger/)
  t.is(JSON.parse(added.stdout).schedules[0].installed_in, 'systemd-user')
  await fires(t, home)
  t.is((await home.pocket(['schedule', 'remove', 'home'])).code, 0)
})

booted(`systemd: a tick makes up for a run that was missed, once${WHERE}`, async (t) => {
  const room = await bootSystemd(t)
  const home = await makeHome(t, room)
  await home.json(['schedule', 'add', '--daily-at', '00:00'])
  // As if it had been added three days ago.
  const three = 3 * 86_400_000
  const state = {version: 1, firstKnownMs: Date.now() - three, trigger: 'daily at 00:00'}
  await room.run(['sh', '-c', `echo '${JSON.stringify(state)}' > ${home.path}/state/schedules/home.json`])
  t.is((await room.run(['systemctl', 'start', 'pocket-tick.service'])).code, 0)
  t.is((await home.json(['list'])).snapshots.length, 1)
  t.is((await room.run(['systemctl', 'start', 'pocket-tick.service'])).code, 0)
  t.is((await home.json(['list'])).snapshots.length, 1)
})

booted(`systemd: whatever it does in there, nothing outside is touched${WHERE}`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-outside-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  await mkdir(join(folder, 'kept'))
  await writeFile(join(folder, 'kept', 'file'), 'as it was')
  const room = await bootSystemd(t)
  t.is((await room.run(['sh', '-c', `rm -rf ${folder} && systemd-tmpfiles --create --remove --boot; test ! -e ${folder}`])).code, 0)
  t.is(await readFile(join(folder, 'kept', 'file'), 'utf8'), 'as it was')
})
