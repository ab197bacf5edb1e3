import test from 'ava'
import {formatS3Location, isS3Location, parseS3Location} from '../../../src/backend/s3/location.js'

test('s3 location: bucket and prefix, with and without slashes', (t) => {
  t.deepEqual(parseS3Location('s3://bucket'), {bucket: 'bucket', prefix: ''})
  t.deepEqual(parseS3Location('s3://bucket/'), {bucket: 'bucket', prefix: ''})
  t.deepEqual(parseS3Location('s3://bucket/a/b'), {bucket: 'bucket', prefix: 'a/b/'})
  t.deepEqual(parseS3Location('s3://bucket//a//b/'), {bucket: 'bucket', prefix: 'a/b/'})
  t.deepEqual(parseS3Location('s3:///a'), {bucket: '', prefix: 'a/'})
})

test('s3 location: is shown as it can be given again', (t) => {
  for (const location of ['s3://bucket', 's3://bucket/a/b']) t.is(formatS3Location(parseS3Location(location)), location)
  t.true(isS3Location('S3://bucket'))
  t.false(isS3Location('/s3/bucket'))
})

test('s3 location: a key in it is refused and not repeated', (t) => {
  const error = t.throws(() => parseS3Location('s3://AKIAEXAMPLE:topsecret@bucket/a'))
  t.like(error, {code: 'usage'})
  t.notRegex(JSON.stringify(error) + error?.message, /AKIA|topsecret/)
})

test('s3 location: what cannot be a bucket or a prefix is refused', (t) => {
  for (const location of ['s3://a', 's3://-bucket', 's3://buck et', 's3://bucket/a/../b', 's3://bucket/./b', 's3://bucket/a\u0000'])
    t.throws(() => parseS3Location(location), {code: 'usage'}, location)
})
