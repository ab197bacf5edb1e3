/** A real cron, whose clock is set so that it is nearly two o'clock, firing a real snapshot. */
import {spawnSync} from 'node:child_process'
import test from 'ava'
import {NO_ROOM, openRoom, until} from '../machine/own-room.js'
import {makeHome} from './room-home.js'

const NO_CRON = NO_ROOM ?? ['cron', 'crontab', 'faketime'].map(lacking).find((reason) => reason !== undefined)
const fired = NO_CRON === undefined ? test : test.skip
const WHERE = NO_CRON === undefined ? '' : ` (${NO_CRON})`

function lacking(program: string): string | undefined {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? undefined : `there is no ${program}`
}

fired(`cron: a line of cron takes a snapshot when its time comes, and is gone when it is removed${WHERE}`, async (t) => {
  // Long enough before two to write the line.
  const room = await openRoom(t, ['faketime', '-f', '@2026-11-03 01:59:45', 'cron', '-f'])
  const home = await makeHome(t, room)
  await room.run(['sh', '-c', "printf '# mine\\n5 5 * * 5 true\\n' | crontab -"])
  const {schedules} = await home.json(['schedule', 'add', '0 2 * * *'])
  t.like(schedules[0], {name: 'home', installed_in: 'cron'})
  const {stdout: table} = await room.run(['crontab', '-l'])
  t.regex(
    table,
    /^# mine\n5 5 \* \* 5 true\n0 2 \* \* \* .* schedule run home --quiet --config .* # pocket:schedule-home\n17 \* \* \* \* .* # pocket:tick\n$/,
  )
  t.false(table.includes('secret-of-ada'))
  await until(async () => (await home.json(['list'])).snapshots.length > 0, 'cron has taken no snapshot', 60_000)
  await until(async () => (await home.json(['schedule', 'list'])).schedules[0].last_status === 'succeeded', 'no run has succeeded')
  t.is((await home.json(['list'])).snapshots.length, 1)
  t.is((await home.pocket(['schedule', 'remove', 'home'])).code, 0)
  t.is((await room.run(['crontab', '-l'])).stdout, '# mine\n5 5 * * 5 true\n')
})
