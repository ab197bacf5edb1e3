/** The same as model.test.ts on a folder and in a bucket, with a cache for each client: fewer sequences, since each call takes its time. */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {createLocalBackend} from '../../src/backend/local.js'
import {loadZstd} from '../../src/compression/zstd.js'
import {open, s3Options} from '../backend/s3/fixture.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {createTestBucket, onServerSerial, WHERE_SERVER} from '../s3-server/bucket.js'
import {runModel} from './model.js'
import {Random} from './random.js'

const LOCAL_SEQUENCES = Number(process.env.POCKET_MODEL_LOCAL_SEQUENCES ?? 12)
const S3_SEQUENCES = Number(process.env.POCKET_MODEL_S3_SEQUENCES ?? 4)
const FIRST_SEED = Number(process.env.POCKET_MODEL_SEED ?? Math.floor(Math.random() * 1_000_000_000))
const CHANCES = {dies: 150, fails: 150, sleeps: 25}

test.before(loadZstd)

test.serial('model: on a folder, with caches: every snapshot that must be there is whole', async (t) => {
  t.timeout(10 * 60_000)
  t.log(`${LOCAL_SEQUENCES} sequences from seed ${FIRST_SEED}`)
  const folder = temporaryFolder(t)
  for (let seed = FIRST_SEED; seed < FIRST_SEED + LOCAL_SEQUENCES; seed++) {
    const own = join(folder, String(seed))
    mkdirSync(join(own, 'repository'), {recursive: true})
    const random = new Random(seed)
    const options = {seed, clients: 2 + random.below(3), steps: 4 + random.below(4), chances: CHANCES}
    const backend = await createLocalBackend(join(own, 'repository'))
    await t.notThrowsAsync(runModel({...options, backend, cacheDirectory: (client) => join(own, `cache-${client}`)}))
    await backend.close()
  }
})

onServerSerial(`model: in a bucket, with caches: every snapshot that must be there is whole${WHERE_SERVER}`, async (t) => {
  t.timeout(10 * 60_000)
  t.log(`${S3_SEQUENCES} sequences from seed ${FIRST_SEED}`)
  const folder = temporaryFolder(t)
  const {name, server} = await createTestBucket(t)
  for (let seed = FIRST_SEED; seed < FIRST_SEED + S3_SEQUENCES; seed++) {
    const random = new Random(seed)
    const options = {seed, clients: 2 + random.below(2), steps: 3 + random.below(3), chances: CHANCES, hasRealClock: true}
    const backend = await open(t, `s3://${name}/${seed}`, s3Options(t, server))
    await t.notThrowsAsync(runModel({...options, backend, cacheDirectory: (client) => join(folder, `${seed}-${client}`)}))
    await backend.close()
  }
})
