import test from 'ava'
import {Redactor, secretsOfEnvironment} from '../../src/util/redact.js'

test('redact: a secret is masked as it is, in URLs, in JSON, and line by line', (t) => {
  const redactor = new Redactor(['pa"ss wörd\nsecond-line'])
  t.is(redactor.redact('pa"ss wörd'), '***')
  t.is(redactor.redact(`?p=${encodeURIComponent('pa"ss wörd')}`), '?p=***')
  t.is(redactor.redact(JSON.stringify({p: 'pa"ss wörd'})), '{"p":"***"}')
  t.is(redactor.redact('the second-line'), 'the ***')
})

test('redact: of a URL, what in it nobody would guess is masked by itself, and words are not', (t) => {
  const redactor = new Redactor(['https://hooks.example.org/services/T0471111/abcdefghijklmnopqrstuvwxyz?key=12345678'])
  t.is(redactor.redact('services at hooks.example.org'), 'services at hooks.example.org')
  t.is(redactor.redact('T0471111 abcdefghijklmnopqrstuvwxyz 12345678'), '*** *** ***')
})

test('redact: a password in any URL is masked', (t) => {
  t.is(new Redactor().redact('smtp://user:hunter2@host and https://host/a@b:c'), 'smtp://user:***@host and https://host/a@b:c')
})

test('redact: what is short stays, and the longer of two goes first', (t) => {
  t.is(new Redactor(['ab', 'abc']).redact('abcd'), 'abcd')
  t.is(new Redactor(['secret', 'secret-and-more']).redact('secret-and-more'), '***')
})

test('redact: names, codes and ids stay, whatever a password may be', (t) => {
  const value = {profile: 'home', status: 'failed', error: {code: 'failed', message: 'failed at home'}, lines: [{line: 'home'}]}
  t.deepEqual(new Redactor(['home', 'failed']).redactAll(value), {
    profile: 'home',
    status: 'failed',
    error: {code: 'failed', message: '*** at ***'},
    lines: [{line: '***'}],
  })
})

test('redact: variables are secret by their names, but those that say where a secret is', (t) => {
  const secrets = secretsOfEnvironment({
    POCKET_PASSWORD: 'short',
    AWS_SECRET_ACCESS_KEY: 'a-long-secret',
    GITHUB_TOKEN: 'another-secret',
    USE_TOKEN: 'true',
    POCKET_PASSWORD_FILE: '/home/me/password',
    HOME: '/home/me-and-others',
  })
  t.deepEqual(secrets, ['short', 'a-long-secret', 'another-secret'])
})
