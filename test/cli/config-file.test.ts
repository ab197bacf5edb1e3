import {homedir} from 'node:os'
import test from 'ava'
import {parseConfig} from '../../src/cli/config-file.js'
import {keyOf, SETTINGS} from '../../src/cli/settings.js'

const parse = (text: string) => parseConfig(text, '/etc/c.toml')

test('config file: an empty one sets nothing', async (t) => {
  t.deepEqual(await parse('\n# nothing yet\n'), {
    path: '/etc/c.toml',
    repository: {},
    cache: {},
    status: {},
    defaultProfile: undefined,
    defaults: {},
    profiles: new Map(),
  })
})

test('config file: values of each kind; ~ is the home folder', async (t) => {
  const {repository, cache} = await parse(`
    [repository]
    location = "s3://bucket/prefix"
    endpoint = "https://s3.example.org"
    path_style = true
    connections = 8
    limit_upload = "10M"
    gap = 65536
    password_file = "~/secret"
    [cache]
    directory = "/var/cache/pocket"
  `)
  t.deepEqual(repository, {
    location: 's3://bucket/prefix',
    endpoint: 'https://s3.example.org',
    path_style: true,
    connections: 8,
    limit_upload: '10M',
    gap: 65_536,
    password_file: `${homedir()}/secret`,
  })
  t.deepEqual(cache, {directory: '/var/cache/pocket'})
  t.is((await parse('[repository]\nlocation = "~/pocket"')).repository.location, `${homedir()}/pocket`)
})

test('config file: every setting of buckets has its key', async (t) => {
  for (const [name, kind] of Object.entries(SETTINGS)) {
    const value = kind === 'boolean' ? 'true' : kind === 'count' ? '3' : kind === 'path' ? '"/x"' : '"x"'
    t.true(keyOf(name) in (await parse(`[repository]\n${keyOf(name)} = ${value}`)).repository, name)
  }
})

test('config file: what is unknown or of the wrong type is an error that says where, and what was meant', async (t) => {
  const cases: [string, RegExp, RegExp?][] = [
    ['[repository]\nendpont = "x"', /unknown key 'endpont' in \[repository\] of '\/etc\/c\.toml'/, /did you mean 'endpoint'\?/],
    ['[repositry]\n', /unknown key 'repositry'/, /'repository'/],
    ['location = "x"', /unknown key 'location' in '\/etc/],
    ['repository = 3', /'repository' is not a table/],
    ['[repository]\npath_style = "yes"', /'path_style' is neither true nor false/],
    ['[repository]\nconnections = "8"', /'connections' is not a whole number/],
    ['[repository]\nconnections = 1.5', /'connections' is not a whole number/],
    ['[repository]\nendpoint = 3', /'endpoint' is not text/],
    ['[repository]\nendpoint = ""', /'endpoint' is not text/],
    ['[repository]\nkey_file = "pocket.key"', /'key_file' is a relative path/],
    ['[repository]\nlocation = "pocket"', /'location' is a relative path/],
    ['[repository]\nkey_file = "/k"\npassword_file = "/p"', /exclude each other/],
    ['[repository\n', /is not TOML: line \d+, column \d+/],
    ['[repository]\nregion = "a"\nregion = "b"', /is not TOML/],
    ['[repository]\n__proto__ = "x"', /is not TOML|unknown key/],
    ['[repository]\nconstructor = "x"', /is not TOML|unknown key/],
  ]
  for (const [text, message, hint] of cases) {
    const error = await t.throwsAsync(parse(text), {code: 'usage', message}, text)
    if (hint) t.regex((error as Error & {hint: string}).hint, hint, text)
  }
})

test('config file: a secret in it is refused and never repeated', async (t) => {
  for (const key of ['password', 'secret_access_key', 'access_key_id', 'aws_secret_access_key', 'token']) {
    const error = await t.throwsAsync(parse(`[repository]\n${key} = "hunter2"`), {code: 'usage', message: /holds no secrets/}, key)
    t.notRegex(`${error.message} ${(error as Error & {hint: string}).hint}`, /hunter2/)
  }
  const broken = await t.throwsAsync(parse('[repository]\npassword = hunter2'), {code: 'usage'})
  t.notRegex(broken.message, /hunter2/)
})
