import {fileURLToPath} from 'node:url'
import test from 'ava'
import {BucketRun, isBucketTool} from '../../../bench/s3/tool-run.js'
import {borgTool} from '../../../bench/tools/borg.js'
import {pocketTool} from '../../../bench/tools/pocket.js'
import {resticTool} from '../../../bench/tools/restic.js'

const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url))
const PLACE = {
  endpoint: 'http://127.0.0.1:1234',
  region: 'somewhere',
  bucket: 'bucket',
  prefix: 'prefix',
  accessKeyId: 'KEY',
  secretAccessKey: 'secret',
}
const RESTIC = resticTool({program: 'restic', arguments: [], environment: {}, version: '1'})

test('tools in a bucket: keys and place go by the environment, and the secret never by the command line', async (t) => {
  for (const tool of [RESTIC, await pocketTool(PROJECT)]) {
    if (!isBucketTool(tool)) return t.fail(tool.name)
    const {arguments: words, environment = {}} = new BucketRun(tool, PLACE, '/runs').snapshot('/source', 'first')
    t.like(environment, {AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', HOME: '/runs/home'}, tool.name)
    t.false(
      words.some((word) => word.includes('secret')),
      tool.name,
    )
  }
})

test('tools in a bucket: each is told the place in its own way', async (t) => {
  t.is(RESTIC.inBucket?.(PLACE).location, 's3:http://127.0.0.1:1234/bucket/prefix')
  const {location, environment} = (await pocketTool(PROJECT)).inBucket?.(PLACE) ?? {}
  t.is(location, 's3://bucket/prefix')
  t.like(environment, {POCKET_ENDPOINT: 'http://127.0.0.1:1234', POCKET_REGION: 'somewhere'})
})

test('tools in a bucket: one that knows no buckets says so', (t) => {
  t.false(isBucketTool(borgTool({program: 'borg', arguments: [], environment: {}, version: '1'})))
})
