import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {parseConfig} from '../../src/cli/config-file.js'
import {type Kept, saveConfig, valuesToKeep} from '../../src/cli/save-config.js'
import {configText, writeConfig} from '../../src/cli/write-config.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {scriptedQuestions} from './scripted-questions.js'

const KEPT: Kept = {
  location: 's3://bucket/pocket',
  flags: {
    endpoint: 'https://s3.example.org',
    'path-style': false,
    'lock-days': '30',
    'limit-upload': '10M',
    'ca-file': '/ca.pem',
    json: true,
  },
  environment: {POCKET_PROFILE: 'work', POCKET_ENDPOINT: 'https://other.example.org', POCKET_PASSWORD: 'hunter2'},
  source: {kind: 'password-command', command: 'pass show "pocket"', from: '--password-command'},
}

test('config file: what is written is read as it was meant', async (t) => {
  const values = valuesToKeep(KEPT)
  t.deepEqual(values, {
    location: 's3://bucket/pocket',
    limit_upload: '10M',
    endpoint: 'https://s3.example.org',
    profile: 'work',
    path_style: false,
    ca_file: '/ca.pem',
    lock_days: 30,
    password_command: 'pass show "pocket"',
  })
  const text = configText(values)
  t.deepEqual((await parseConfig(text, '/c')).repository, values)
  t.notRegex(text, /hunter2/)
})

test('config file: any text survives, and examples are comments', async (t) => {
  const odd = {location: '/r', password_command: 'a\t"b" \\ \u007f \u0001 é 🎉 # \'', profile: "it's"}
  t.deepEqual((await parseConfig(configText(odd), '/c')).repository, odd)
  const {repository} = await parseConfig(configText({location: '/r'}), '/c')
  t.deepEqual(repository, {location: '/r'})
})

test('config file: a password itself is not kept, and settings of buckets not for a folder', (t) => {
  const source = {kind: 'password', password: 'hunter2', from: 'POCKET_PASSWORD'} as const
  t.deepEqual(valuesToKeep({...KEPT, location: '/r', source}), {location: '/r', limit_upload: '10M'})
})

test('config file: it is for its owner only, and never written over another', async (t) => {
  const path = join(temporaryFolder(t), 'deep', 'config.toml')
  await writeConfig(path, 'first')
  t.is(statSync(path).mode & 0o777, 0o600)
  await t.throwsAsync(writeConfig(path, 'second'), {code: 'usage', message: /there is a config file/})
  t.is(readFileSync(path, 'utf8'), 'first')
})

test('config file: one that is there stays, or is set aside, as whoever is asked says', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(folder, {recursive: true})
  const path = join(folder, 'config.toml')
  writeFileSync(path, 'mine')
  await t.throwsAsync(saveConfig(path, KEPT, undefined), {code: 'usage'})
  const keep = scriptedQuestions(t, [[/already\.$/, 'leave it']])
  const [told] = await saveConfig(path, KEPT, keep)
  t.regex(told, /--repository s3:\/\/bucket\/pocket .*--no-path-style .*--password-command 'pass show "pocket"'$/)
  t.is(readFileSync(path, 'utf8'), 'mine')
  await saveConfig(path, KEPT, scriptedQuestions(t, [[/already\.$/, 'set it aside']]))
  const aside = readdirSync(folder).filter((name) => name !== 'config.toml')
  t.is(aside.length, 1)
  t.is(readFileSync(join(folder, aside[0]), 'utf8'), 'mine')
  t.is((await parseConfig(readFileSync(path, 'utf8'), path)).repository.endpoint, 'https://s3.example.org')
})

test('save config: the server that only a variable of Amazon names is kept', (t) => {
  const environment = {AWS_ENDPOINT_URL: 'https://other.example.org', AWS_ENDPOINT_URL_S3: 'https://s3.example.org'}
  const kept: Kept = {location: 's3://bucket', flags: {}, environment, source: undefined}
  t.is(valuesToKeep(kept).endpoint, 'https://s3.example.org')
  t.is(valuesToKeep({...kept, flags: {endpoint: 'https://flag.example.org'}}).endpoint, 'https://flag.example.org')
  t.false('endpoint' in valuesToKeep({...kept, location: '/r'}))
})
