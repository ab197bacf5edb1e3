import test from 'ava'
import {isBucketLocation, isSameLocation, refuseSecretIn, withoutUrlSecrets} from '../../src/cli/location.js'

test('location: only s3:// is a bucket', (t) => {
  for (const location of ['s3://bucket', 'S3://bucket/prefix', 's3://']) t.true(isBucketLocation(location), location)
  for (const location of ['s3', './s3:/x', '/mnt/s3', 's3:/bucket', 'https://s3.example.org']) t.false(isBucketLocation(location), location)
})

test('location: how it is written makes no other place of it', (t) => {
  t.true(isSameLocation('s3://bucket/a/', 'S3://bucket/a'))
  t.false(isSameLocation('s3://bucket/a', 's3://bucket/A'))
  t.false(isSameLocation('s3://bucket', 's3://bucket/a'))
})

test('location: a key in a URL is refused and not repeated', (t) => {
  for (const url of ['s3://AKIA:hunter2@bucket/x', 's3://AKIA@bucket', 'https://AKIA:hunter2@s3.example.org', 's3://a:b@c@bucket']) {
    const error = t.throws(() => refuseSecretIn(url, '--repository'), {code: 'usage'})
    t.notRegex(`${error.message} ${'hint' in error ? String(error.hint) : ''}`, /hunter2|AKIA:/, url)
  }
  for (const url of ['s3://bucket/who@where', '/home/ada@work', 'https://s3.example.org/a@b'])
    t.notThrows(() => refuseSecretIn(url, 'x'), url)
})

test('location: texts lose what stands before the @ of a URL', (t) => {
  t.is(withoutUrlSecrets("unexpected argument 's3://a:b@bucket/x@y'"), "unexpected argument 's3://…@bucket/x@y'")
  t.is(withoutUrlSecrets('https://u:p@w@host:9000/ and s3://k@b'), 'https://…@host:9000/ and s3://…@b')
  t.is(withoutUrlSecrets('cannot read ada@example.org'), 'cannot read ada@example.org')
})
