import test from 'ava'
import {reachOf, refuseBucketFlags} from '../../src/cli/reach.js'
import {type SettingSources, BUCKET_SETTINGS, variableOf} from '../../src/cli/settings.js'

function reach(flags: Record<string, unknown>, others: Partial<SettingSources> & {isWriting?: boolean} = {}) {
  const {isWriting = true, ...sources} = others
  return reachOf({flags, environment: {}, ...sources}, {isWriting})
}

test('reach: without settings nothing is set', (t) => {
  const {s3, ...others} = reach({})
  t.true([...Object.values(s3 ?? {}), ...Object.values(others)].every((value) => value === undefined))
})

test('reach: a flag beats the variable, which beats the config file; an empty variable is none', (t) => {
  const config = {path: '/c', values: {region: 'config', limit_upload: '3M', profile: 'of-config'}}
  const environment = {POCKET_REGION: 'variable', POCKET_LIMIT_UPLOAD: '2M', POCKET_PROFILE: ''}
  t.like(reach({region: 'flag'}, {environment, config}), {limitUpload: 2 * 1024 ** 2, s3: {region: 'flag', profile: 'of-config'}})
  t.is(reach({}, {environment, config}).s3?.region, 'variable')
  t.is(reach({}, {config}).s3?.region, 'config')
  t.is(reach({}, {config}).limitUpload, 3 * 1024 ** 2)
})

test('reach: every kind of value is read from text and from TOML', (t) => {
  const environment = {
    POCKET_ENDPOINT: 'http://127.0.0.1:9000',
    POCKET_PATH_STYLE: 'no',
    POCKET_INSECURE_TLS: '1',
    POCKET_CONNECTIONS: '12',
    POCKET_GAP: '64K',
    POCKET_LIMIT_DOWNLOAD: '1M/s',
  }
  t.like(reach({}, {environment}), {
    limitDownload: 1024 ** 2,
    s3: {endpoint: 'http://127.0.0.1:9000', pathStyle: false, insecureTls: true, connections: 12, gapBytes: 65_536},
  })
  const values = {path_style: true, connections: 4, gap: 0, lock_days: 30}
  t.like(reach({}, {config: {path: '/c', values}}), {
    s3: {pathStyle: true, connections: 4, gapBytes: 0, lock: {days: 30, mode: 'governance'}},
  })
  t.is(reach({'path-style': false}, {config: {path: '/c', values}}).s3?.pathStyle, false)
})

test('reach: what cannot be is an error that names its place', (t) => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{endpoint: 's3.example.org:9000'}, /'s3.example.org:9000' is not the URL of a server, in --endpoint/],
    [{endpoint: 'ftp://s3.example.org'}, /is not the URL/],
    [{connections: '0'}, /from 1 to 1024, in --connections/],
    [{connections: 'many'}, /from 1 to 1024/],
    [{'lock-days': '0'}, /in --lock-days/],
    [{'lock-mode': 'governance'}, /--lock-mode does nothing without --lock-days/],
    [{'lock-days': '1', 'lock-mode': 'strict'}, /none of governance, compliance/],
    [{'limit-upload': 'fast'}, /'fast' is not a size, in --limit-upload/],
    [{profile: ''}, /--profile is empty/],
    [{'server-side-encryption': 'DES'}, /none of AES256, aws:kms/],
    [{'server-side-encryption': 'AES256', 'sse-kms-key-id': 'x'}, /--sse-kms-key-id is of no use/],
    [{'server-side-encryption': 'AES256', 'sse-customer-key-file': 'x'}, /exclude each other/],
    [{profile: 'p', 'credentials-file': '/x'}, /--profile would do nothing: --credentials-file holds the credentials/],
    [{'insecure-tls': true, 'ca-file': '/x'}, /--ca-file is of no use with --insecure-tls/],
  ]
  for (const [flags, message] of cases) t.throws(() => reach(flags), {code: 'usage', message}, JSON.stringify(flags))
  const error = t.throws(() => reach({endpoint: 'https://key:hunter2@s3.example.org'}), {code: 'usage'})
  t.notRegex(error.message, /hunter2/)
})

test('reach: encryption by the server, in its three kinds', (t) => {
  t.deepEqual(reach({'server-side-encryption': 'AES256'}).s3?.encryption, {type: 'AES256'})
  t.deepEqual(reach({'server-side-encryption': 'aws:kms'}).s3?.encryption, {type: 'aws:kms', keyId: undefined})
  t.deepEqual(reach({'sse-kms-key-id': 'alias/x'}).s3?.encryption, {type: 'aws:kms', keyId: 'alias/x'})
  t.deepEqual(reach({'sse-customer-key-file': '/k'}).s3?.encryption, {type: 'customer', keyFile: '/k'})
})

test('reach: a command that only reads asks for no class, lock or encryption, but brings the key that reading needs', (t) => {
  const flags = {'storage-class': 'STANDARD_IA', 'lock-days': '3', 'server-side-encryption': 'AES256'}
  const {s3} = reach(flags, {isWriting: false})
  t.deepEqual([s3?.storageClass, s3?.lock, s3?.encryption], [undefined, undefined, undefined])
  t.deepEqual(reach({'sse-customer-key-file': '/k'}, {isWriting: false}).s3?.encryption, {type: 'customer', keyFile: '/k'})
})

test('reach: each flag of buckets is refused for a folder, and none of the others', (t) => {
  for (const name of Object.keys(BUCKET_SETTINGS)) {
    t.throws(() => refuseBucketFlags({[name]: name === 'insecure-tls' ? true : 'x'}, '/r'), {
      code: 'usage',
      message: new RegExp(`^--${name} would do nothing`),
    })
    t.regex(variableOf(name), /^POCKET_[A-Z_]+$/)
  }
  t.throws(() => refuseBucketFlags({'path-style': false}, '/r'), {message: /^--no-path-style would/})
  t.throws(() => refuseBucketFlags({'create-bucket': true}, '/r'), {message: /^--create-bucket would/})
  t.notThrows(() => refuseBucketFlags({json: true, repository: '/r', 'insecure-tls': false}, '/r'))
})

test('reach: of a profile and a file of credentials the one that counts more holds, and else the file', (t) => {
  const config = {path: '/c', values: {profile: 'config', credentials_file: '/config'}}
  const profile = {POCKET_PROFILE: 'variable'}
  t.like(reach({'credentials-file': '/flag'}, {environment: profile, config}).s3, {credentialsFile: '/flag'})
  t.like(reach({}, {config}).s3, {credentialsFile: '/config'})
  for (const [flags, environment, used] of [
    [{profile: 'flag'}, {POCKET_CREDENTIALS_FILE: '/variable'}, 'flag'],
    [{}, profile, 'variable'],
  ] as const) {
    t.like(reach(flags, {environment, config}).s3, {profile: used, credentialsFile: undefined})
  }
})
