/** A store that is killed in the middle of a snapshot and started again: the run goes on. */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {CreateBucketCommand} from '@aws-sdk/client-s3'
import test, {type ExecutionContext} from 'ava'
import {initRepository} from '../../src/index.js'
import {s3Options} from '../backend/s3/fixture.js'
import {hasCeph} from '../s3-server/ceph-programs.js'
import {createClient} from '../s3-server/client.js'
import {type Daemon, type Rgw, startRgw} from '../s3-server/rgw.js'
import {writeRandom} from './content.js'
import {emptyPlace, KEY_FILE, type Place, restoreFresh, withRepository} from './repository-place.js'
import {take} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

const BUCKET = 'pocket-test-kill'

/** An empty repository in a store of the test's own, which keeps its objects on disk. */
async function createStoredPlace(t: ExecutionContext): Promise<{place: Place; rgw: Rgw}> {
  const rgw = await startRgw({objectStore: 'bluestore'})
  t.teardown(() => rgw.stop())
  const client = createClient(rgw)
  await client.send(new CreateBucketCommand({Bucket: BUCKET}))
  client.destroy()
  // A store that is being killed may keep a connection open and say nothing.
  const place = {...emptyPlace(t), location: `s3://${BUCKET}`, reach: {s3: s3Options(t, rgw, {s3: {stallMs: 3000}})}}
  await initRepository({location: place.location, secret: KEY_FILE, reach: place.reach})
  for (const folder of ['a', 'b']) {
    mkdirSync(join(place.source, folder))
    for (let file = 0; file < 8; file++) writeRandom(join(place.source, folder, `${file}.bin`), file + folder.charCodeAt(0) * 8, 8_000_000)
  }
  return {place, rgw}
}

const onCeph = hasCeph() ? test.serial : test.serial.skip
const WHERE_CEPH = hasCeph() ? '' : ' (only where Ceph is installed)'

for (const daemon of ['radosgw', 'osd'] as const satisfies Daemon[]) {
  onCeph(`s3: a snapshot goes on when ${daemon} is killed in the middle of it and started again${WHERE_CEPH}`, async (t) => {
    const {place, rgw} = await createStoredPlace(t)
    let kills = 0
    let killing: Promise<void> | undefined
    let retries = 0
    const again = {...place, reach: {...place.reach, onRetry: () => (retries += 1)}}
    const kill = async (): Promise<void> => {
      kills += 1
      await rgw.kill(daemon)
      await rgw.restart(daemon)
    }
    await withRepository(again, (repository) =>
      take(repository, {
        paths: [place.source],
        onEvent: (event) => {
          const hasBegun = event.type === 'progress' && event.bytesStored > 20_000_000
          if (hasBegun && kills === 0) killing = kill()
        },
      }),
    )
    await killing
    t.is(kills, 1, 'the snapshot was over before anything was killed')
    t.log(`${retries} requests were made again`)
    const {listing} = await withRepository({...place, cacheDirectory: join(place.folder, 'cache-b')}, (repository) =>
      restoreFresh(repository, place, 'latest'),
    )
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
}
