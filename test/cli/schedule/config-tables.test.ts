import test from 'ava'
import fc from 'fast-check'
import {withoutScheduleTable, withScheduleTable} from '../../../src/cli/schedule/config-tables.js'

const path = '/home/ada/config.toml'
const home = {profile: 'home', name: 'home'}
const drill = {profile: 'home', name: 'home-drill'}

const CONFIG = `# Settings of mine.
[repository]
location = "/srv/repository" # the big disk

[profiles.home]
paths = ["/home/ada"] # all of it

# Pictures.
[profiles.photos]
paths = ["/photos"]
`

test('config tables: a schedule is added at the end, and everything else stays to the byte', async (t) => {
  const added = await withScheduleTable({path, text: CONFIG}, home, {cron: '0 2 * * *', catch_up: false, only_on_networks: ['Home "5G"']})
  t.is(added, `${CONFIG}\n[profiles.home.schedule]\ncron = "0 2 * * *"\ncatch_up = false\nonly_on_networks = ["Home \\"5G\\""]\n`)
  const two = await withScheduleTable({path, text: added}, drill, {daily_at: '12:00', task: 'drill'})
  t.is(two, `${added}\n[profiles.home.schedules.home-drill]\ndaily_at = "12:00"\ntask = "drill"\n`)
  t.is(await withoutScheduleTable({path, text: two}, drill), added)
  t.is(await withoutScheduleTable({path, text: added}, home), CONFIG)
})

test('config tables: whatever stands around a table stays when it is taken out', async (t) => {
  const text = `${CONFIG}
# Every night.
[ profiles . "home" . 'schedule' ] # ours
cron = "0 2 * * *"
# Only at home.
only_on_networks = [
  "Home",
]
# The end of mine.

# Pictures, too.
[profiles.photos.schedule]
every = "1d"
`
  t.is(
    await withoutScheduleTable({path, text}, home),
    `${CONFIG}\n# Every night.\n# The end of mine.\n\n# Pictures, too.\n[profiles.photos.schedule]\nevery = "1d"\n`,
  )
})

test('config tables: what looks like the table in a text of several lines is not it', async (t) => {
  const text = `${CONFIG}note = """
[profiles.home.schedule]
every = "1h"
"""

[profiles.home.schedule]
every = "15m"
`
  t.is(await withoutScheduleTable({path, text}, home), text.slice(0, text.lastIndexOf('\n[profiles.home')))
})

const REFUSED: [what: string, text: string][] = [
  ['a profile on one line', 'profiles = {home = {paths = ["/home/ada"]}}\n'],
  ['schedules that are one list on a line', '[profiles.home]\npaths = ["/home/ada"]\nschedule = {}\n'],
]

for (const [what, text] of REFUSED) {
  test(`config tables: to ${what} nothing is added`, async (t) => {
    await t.throwsAsync(() => withScheduleTable({path, text}, home, {every: '15m'}), {code: 'usage'})
  })
}

test('config tables: a schedule that is no table of its own is not taken out', async (t) => {
  for (const text of ['[profiles.home]\nschedule = {every = "15m"}\n', '[profiles.home]\nschedule.every = "15m"\n', CONFIG]) {
    await t.throwsAsync(() => withoutScheduleTable({path, text}, home), {code: 'usage', message: /is no table of its own/})
  }
})

test('config tables: a second schedule of the name is refused', async (t) => {
  const text = `${CONFIG}\n[profiles.home.schedule]\nevery = "1h"\n`
  await t.throwsAsync(() => withScheduleTable({path, text}, home, {every: '15m'}), {message: /there is a schedule 'home' already/})
})

test('config tables: what is added and taken out again leaves the text as it was, however it ends', async (t) => {
  const piece = fc.constantFrom('\n', '# comment\n', '[profiles.a]\n', 'x = 1\n', '[profiles.a.hooks]\n', 'y = """\n[z]\n"""\n', '  \n')
  await fc.assert(
    fc.asyncProperty(fc.array(piece, {maxLength: 8}), async (pieces) => {
      const text = pieces.join('')
      const name = {profile: 'home', name: 'other one'}
      let added: string
      try {
        added = await withScheduleTable({path, text}, name, {every: '15m'})
      } catch {
        return
      }
      t.is(await withoutScheduleTable({path, text: added}, name), text)
    }),
  )
})
