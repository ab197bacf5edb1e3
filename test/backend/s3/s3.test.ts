/** The backend in a bucket, on a real server. */
import type {Backend} from '../../../src/backend/backend.js'
import {createTestBucket, onServer, WHERE_SERVER} from '../../s3-server/bucket.js'
import {testConformance} from '../conformance.js'
import {collect, pattern, rejectsWith} from '../objects.js'
import {open, s3Options} from './fixture.js'

testConformance(
  's3',
  async (t) => {
    const {name, server} = await createTestBucket(t)
    const options = s3Options(t, server)
    const location = `s3://${name}/some/prefix`
    const other: Backend = await open(t, location, options)
    t.teardown(() => other.close())
    return {backend: await open(t, location, options), other}
  },
  {register: onServer, where: WHERE_SERVER},
)

onServer(`s3: repositories side by side in one bucket do not see each other${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const options = s3Options(t, server)
  const [whole, a, ab] = await Promise.all(['', '/a', '/ab'].map((prefix) => open(t, `s3://${name}${prefix}`, options)))
  await a.put('config', pattern(1))
  await ab.put('config', pattern(2))
  t.deepEqual(await collect(a.list('')), [{name: 'config', sizeBytes: 1}])
  t.deepEqual(await collect(ab.list('')), [{name: 'config', sizeBytes: 2}])
  t.is(await whole.stat('config'), undefined)
})

onServer(`s3: lists more than a page, each object once${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const backend = await open(t, `s3://${name}`, s3Options(t, server))
  const names = Array.from({length: 1205}, (_, index) => `chunks/${index % 7}/${index}`)
  await Promise.all(names.map((object) => backend.put(object, pattern(1))))
  const before = backend.traffic?.list ?? 0
  t.deepEqual(
    (await collect(backend.list('chunks/'))).map((object) => object.name),
    [...names].sort(),
  )
  t.is((backend.traffic?.list ?? 0) - before, 2)
})

onServer(`s3: counts requests by kind and bytes both ways${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const backend = await open(t, `s3://${name}`, s3Options(t, server))
  await backend.put('a', pattern(10_000))
  await backend.get('a')
  await backend.get('a', {range: {start: 10, length: 100}})
  await backend.stat('a')
  await collect(backend.list(''))
  await backend.remove('a')
  const {put, get, list, remove, bytesUp, bytesDown, repeated} = backend.traffic ?? {}
  t.like({put, get, list, remove, bytesUp, repeated}, {put: 1, get: 3, list: 1, remove: 1, bytesUp: 10_000, repeated: 0})
  t.true((bytesDown ?? 0) >= 10_100 && (bytesDown ?? 0) < 12_000)
})

onServer(`s3: a server that knows conditional requests is found out, and an existing object is left as it is${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const backend = await open(t, `s3://${name}`, s3Options(t, server))
  t.is(await backend.conditionalCreate?.probe(), 'supported')
  t.deepEqual(await collect(backend.list('')), [])
})

for (const support of ['refused', 'ignored'] as const) {
  onServer(`s3: where a conditional create is ${support}, ifAbsent holds all the same${WHERE_SERVER}`, async (t) => {
    const {name, server} = await createTestBucket(t)
    const backend = await open(t, `s3://${name}`, s3Options(t, server))
    backend.conditionalCreate?.assume(support)
    await backend.put('config', pattern(10), {ifAbsent: true})
    await rejectsWith(t, backend.put('config', pattern(20), {ifAbsent: true}), 'object-exists')
    t.is((await backend.get('config')).length, 10)
  })
}
