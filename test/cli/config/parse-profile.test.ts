import {homedir} from 'node:os'
import test from 'ava'
import {parseConfig} from '../../../src/cli/config-file.js'
import {parseProfile} from '../../../src/cli/config/parse-profile.js'
import {repositoryOf} from '../../../src/cli/config/profile-repository.js'
import {isPocketError} from '../../../src/errors.js'

const read = (text: string) => parseConfig(text, '/etc/c.toml')
const profileOf = async (text: string, name = 'home') => parseProfile(await read(text), name)

const WHOLE = `
default_profile = "home"

[repository]
location = "/mnt/pocket"
key_file = "/etc/pocket.key"
limit_upload = "10M"

[defaults]
tags = ["shared"]
[defaults.limits]
download = "1M"
[defaults.alarms]
ping = "https://hc-ping.com/uuid"
repeat = "6h"

[profiles.home]
paths = ["~/Documents", "/srv"]
exclude = ["*.tmp"]
compression = "better"
workers = 2
host = "atlas"
prune = false
[profiles.home.repository]
connections = 3
[profiles.home.limits]
upload = "08:00,2MiB 18:00,off"
[profiles.home.retention]
keep_last = 3
keep_daily = "all"
keep_within = "1y6m"
keep_tag = ["important"]
keep_size = "5G"
group_by = "host"
[profiles.home.check]
every = "2d"
max_age = "60d"
max_duration = "90s"
[profiles.home.hooks]
timeout = "1m"
before = "dump"
after = ["one", {command = "two", timeout = "5s"}]
on_failure = "tell"
finally = "tidy"
[profiles.home.alarms]
on = ["failure", "success"]
silence = "0"
desktop = true
webhook = [{url_file = "~/hook"}]
command = "logger"
email = {server = "smtp://mail.example.org:587", user = "u", password_command = "pass mail", from = "p@example.org", to = ["a@example.org"]}
[profiles.home.watch]
quiet = "2s"
[profiles.home.schedule]
daily_at = "02:00"
jitter = "10m"
only_on_ac = true
only_on_networks = ["home-wifi"]
low_priority = false
longest = "6h"
[profiles.home.schedules.proof]
every = "30d"
task = "drill"
catch_up = false

[profiles.photos]
paths = "/photos"
[profiles.photos.repository]
location = "s3://bucket/photos"
password_file = "/etc/photos"
`

test('profile: every key is read, and what it does not say is of [defaults] or usual', async (t) => {
  const profile = await profileOf(WHOLE)
  t.deepEqual(profile.paths, [`${homedir()}/Documents`, '/srv'])
  t.deepEqual(
    [profile.excludes, profile.tags, profile.compression, profile.workers, profile.host],
    [['*.tmp'], ['shared'], 'better', 2, 'atlas'],
  )
  t.is(profile.prune, undefined)
  t.deepEqual(profile.check, {everyMs: 172_800_000, maxAgeMs: 5_184_000_000, maxDurationMs: 90_000})
  t.like(profile.retention, {keepBytes: 5 * 1024 ** 3, grouping: {host: true, paths: false, tags: false}})
  t.like(profile.retention?.policy, {last: 3, daily: 'all', tags: ['important']})
  t.deepEqual(profile.hooks, {
    before: [{command: 'dump', timeoutMs: 60_000}],
    after: [
      {command: 'one', timeoutMs: 60_000},
      {command: 'two', timeoutMs: 5000},
    ],
    onFailure: [{command: 'tell', timeoutMs: 60_000}],
    finally: [{command: 'tidy', timeoutMs: 60_000}],
  })
  t.deepEqual(profile.alarms, {
    on: ['failure', 'success'],
    repeatMs: 21_600_000,
    silenceMs: undefined,
    channels: [
      {type: 'webhook', url: {type: 'file', path: `${homedir()}/hook`}},
      {type: 'ping', url: {type: 'value', value: 'https://hc-ping.com/uuid'}},
      {
        type: 'email',
        server: 'smtp://mail.example.org:587',
        user: 'u',
        password: {type: 'command', command: 'pass mail'},
        from: 'p@example.org',
        to: ['a@example.org'],
      },
      {type: 'desktop'},
      {type: 'command', command: 'logger'},
    ],
  })
  t.deepEqual(profile.watch, {quietMs: 2000, longestWaitMs: 300_000, fullWalkMs: 86_400_000})
  t.like(profile.schedules[0], {
    name: 'home',
    profile: 'home',
    task: 'snapshot',
    trigger: {type: 'daily', atMinute: 120},
    jitterMs: 600_000,
    catchUp: true,
    onlyOnAc: true,
    onlyOnNetworks: ['home-wifi'],
    isLowPriority: false,
    longestMs: 21_600_000,
  })
  t.like(profile.schedules[1], {name: 'proof', task: 'drill', catchUp: false, trigger: {type: 'every', everyMs: 2_592_000_000}})
})

test('profile: its repository is the one of [repository] with what it says else of it, or one of its own that has nothing of that', async (t) => {
  const config = await read(WHOLE)
  const home = repositoryOf(config, 'home')
  t.deepEqual(home.values, {
    location: '/mnt/pocket',
    key_file: '/etc/pocket.key',
    connections: 3,
    limit_upload: '08:00,2MiB 18:00,off',
    limit_download: '1M',
  })
  t.deepEqual(home.tables, {
    connections: 'profiles.home.repository',
    limit_upload: 'profiles.home.limits',
    limit_download: 'defaults.limits',
  })
  t.deepEqual(repositoryOf(config, 'photos').values, {location: 's3://bucket/photos', password_file: '/etc/photos', limit_download: '1M'})
  t.deepEqual(repositoryOf(config, undefined).values, config.repository)
})

test('profile: a secret of its own takes the place of the one of [repository]', async (t) => {
  const config = await read('[repository]\nkey_file = "/k"\n[profiles.a]\npaths = "/x"\n[profiles.a.repository]\npassword_file = "/p"')
  t.deepEqual(repositoryOf(config, 'a').values, {password_file: '/p'})
})

test('profile: the default is the one that is named, else the one named default, else the only one', async (t) => {
  const two = '[profiles.a]\npaths = "/a"\n[profiles.b]\npaths = "/b"\n'
  t.is((await read(`default_profile = "b"\n${two}`)).defaultProfile, 'b')
  t.is((await read(two)).defaultProfile, undefined)
  t.is((await read(two.replace('profiles.b', 'profiles.default'))).defaultProfile, 'default')
  t.is((await read('[profiles.only]\npaths = "/a"')).defaultProfile, 'only')
  t.is((await read('')).defaultProfile, undefined)
})

test('profile: by itself it prunes once a week, checks a part each day, and forgets nothing', async (t) => {
  const profile = await profileOf('[profiles.home]\npaths = "/x"')
  t.is(profile.retention, undefined)
  t.is(profile.prune?.everyMs, 604_800_000)
  t.deepEqual(profile.check, {everyMs: 86_400_000, maxAgeMs: 2_592_000_000, maxDurationMs: 300_000})
  t.deepEqual(profile.alarms, {on: ['failure', 'silence', 'odd'], repeatMs: 86_400_000, silenceMs: 259_200_000, channels: []})
  t.deepEqual(profile.schedules, [])
})

const WRONG: [text: string, message: RegExp, hint?: RegExp][] = [
  ['[profiles.home]\n', /'paths' in \[profiles\.home\] names nothing to save/],
  ['[profiles.home]\npaths = ["x"]', /'paths' is a relative path/],
  ['[profiles.home]\npaths = "/x"\nexlude = "y"', /unknown key 'exlude' in \[profiles\.home\]/, /did you mean 'exclude'\?/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.hooks]\nbefor = "y"', /unknown key 'befor' in \[profiles\.home\.hooks\]/, /'before'/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.retention]\nkeep_dayly = 3', /unknown key 'keep_dayly'/, /'keep_daily'/],
  [
    '[profiles.home]\npaths = "/x"\n[profiles.home.retention]\nkeep_daily = "x"',
    /'x' is not a count, in 'keep_daily' in \[profiles\.home\.retention\]/,
  ],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.schedule]\njitter = "1m"', /nothing says when to run/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.schedule]\ncron = "0 2 * *"', /.+/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.schedule]\nevery = "1h"\ntask = "dril"', /'task' in .* is none of snapshot, drill/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.alarms]\non = ["fire"]', /has 'fire'/, /known are failure, success, silence, odd/],
  [
    '[profiles.home]\npaths = "/x"\n[profiles.home.alarms]\nemail = {server = "smtp://u:secret@h", from = "a@b", to = "c@d"}',
    /'server' .* is not a mail server/,
  ],
  [
    '[profiles.home]\npaths = "/x"\n[profiles.home.alarms]\nemail = {server = "smtp://h", password = "secret", from = "a@b", to = "c@d"}',
    /the config file holds no secrets/,
  ],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.alarms]\nwebhook = "hooks.example.org/T0"', /'webhook' .* is not a URL/],
  ['[profiles.home]\npaths = "/x"\n[profiles.home.check]\nevery = "1y"', /'1y' is no span of time, in 'every'/],
  ['[defaults]\npaths = "/y"\n[profiles.home]\npaths = "/x"', /'paths' in \[defaults\] is of one profile/],
  ['[defaults]\nexlude = "y"\n[profiles.home]\npaths = "/x"', /unknown key 'exlude' in \[defaults\]/],
  ['[profiles.home]\npaths = "/x"\ntags = ["a,b"]', /has a comma/],
]

for (const [text, message, hint] of WRONG) {
  test(`profile: refused with what is wrong, and where: ${message}`, async (t) => {
    const error = await t.throwsAsync(profileOf(text))
    t.true(isPocketError(error, 'usage'), String(error))
    t.regex(error.message, message)
    t.notRegex(error.message, /secret@|T0/, 'secrets are not repeated')
    if (hint && isPocketError(error)) t.regex(error.hint ?? '', hint)
  })
}

test('config file: a profile that is no table, has no name for files, or is a default that is not there is refused', async (t) => {
  await t.throwsAsync(read('profiles = 3'), {message: /'profiles' is not a table/})
  await t.throwsAsync(read('[profiles."a/b"]\npaths = "/x"'), {message: /cannot be the name of a profile/})
  await t.throwsAsync(read('default_profile = "x"'), {message: /names no profile/})
})
