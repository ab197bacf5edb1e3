/** Snapshots and restores through a network and a server on which everything goes wrong: nothing is lost. */
import {setTimeout} from 'node:timers/promises'
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Retry} from '../../src/backend/retry.js'
import {type RestoreEvent, restoreSnapshot, type SnapshotEvent} from '../../src/index.js'
import {open} from '../backend/s3/fixture.js'
import {onServer, WHERE_SERVER} from '../s3-server/bucket.js'
import {type FaultProxy, startFaultProxy} from '../s3-server/fault-proxy.js'
import type {Rule} from '../s3-server/fault-rules.js'
import {writeRandom} from './content.js'
import {KEY_FILE, restoreFresh, withRepository} from './repository-place.js'
import {bucketPlace, otherMachine, type S3Place} from './s3-place.js'
import {createSmallPieces} from './small-pieces.js'
import {take} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

const STALL_MS = 1500

interface FaultyPlace extends S3Place {
  proxy: FaultProxy
  retries: Retry[]
}

/** A repository of small packs behind a proxy, and a source that fills hundreds of them. */
async function createFaultyPlace(t: ExecutionContext): Promise<FaultyPlace> {
  const retries: Retry[] = []
  let proxy: FaultProxy | undefined
  const place = await bucketPlace(t, {
    s3: {stallMs: STALL_MS},
    endpoint: async (server) => {
      proxy = await startFaultProxy({target: server.endpoint, credentials: server, seed: 7})
      return proxy.endpoint
    },
  })
  if (!proxy) throw new Error('no proxy')
  t.teardown(() => proxy?.close())
  const backend = await open(t, place.location, place.reach.s3)
  await createSmallPieces(backend)
  await backend.close()
  for (const folder of ['a', 'b/c']) {
    mkdirSync(join(place.source, folder), {recursive: true})
    for (let file = 0; file < 40; file++) writeRandom(join(place.source, folder, `${file}.bin`), file, 1000 + file * 4000)
  }
  return {...place, proxy, retries, reach: {...place.reach, onRetry: (retry) => retries.push(retry)}}
}

/** Takes a snapshot and restores it on another machine, each under its rules; the tree is equal, and every rule has applied. */
async function requireThrough(t: ExecutionContext, place: FaultyPlace, rules: {snapshot?: Rule[]; restore?: Rule[]}): Promise<void> {
  const {proxy} = place
  proxy.setRules(rules.snapshot ?? [])
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  t.deepEqual(proxy.unused(), [])
  proxy.setRules(rules.restore ?? [])
  const {listing, result} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'))
  t.deepEqual(proxy.unused(), [])
  t.is(result.failed, 0)
  t.deepEqual(differences(listing, listTree(place.source)), [])
}

const SLOW_DOWN: Rule['fault'] = {
  kind: 'answer',
  status: 503,
  body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
}
const BROKEN: Rule['fault'] = {
  kind: 'answer',
  status: 500,
  body: '<Error><Code>InternalError</Code><Message>We are sorry.</Message></Error>',
}

onServer(`s3 faults: 50 ms away, with an error in a hundred requests, nothing is lost${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const kinds = [
    SLOW_DOWN,
    BROKEN,
    {kind: 'reset'},
    {kind: 'reset-in-request'},
    {kind: 'reset-in-answer'},
    {kind: 'lost-answer'},
    {kind: 'truncate'},
  ] as const
  const rules = (): Rule[] => [{fault: {kind: 'latency', ms: 50}}, ...kinds.map((fault): Rule => ({fault, probability: 0.01}))]
  place.proxy.setRules(rules())
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  const {listing, result} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'))
  t.is(result.failed, 0)
  t.deepEqual(differences(listing, listTree(place.source)), [])
  t.true(place.retries.length > 0, 'no request went wrong')
  t.log(place.proxy.faults)
})

const PLAIN = ['reset', 'reset-in-request', 'lost-answer', 'stall', 'stall-in-request'] as const

onServer(`s3 faults: puts that are broken off, stall, or whose answers are lost${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const snapshot = PLAIN.map((kind, index): Rule => ({fault: {kind}, kind: 'PUT', target: /chunks/, call: 2 + index * 3}))
  await requireThrough(t, place, {snapshot})
  t.true(place.retries.length >= PLAIN.length)
})

onServer(`s3 faults: answers that are broken off, cut short, or stall${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const kinds = ['reset-in-answer', 'truncate', 'stall-in-answer', 'reset', 'stall'] as const
  const restore = kinds.map((kind, index): Rule => ({fault: {kind}, kind: 'GET', target: /chunks/, call: 2 + index}))
  await requireThrough(t, place, {restore})
  t.true(place.retries.length >= kinds.length)
})

for (const what of ['chunks', 'index', 'snapshots', 'keys', 'config']) {
  onServer(`s3 faults: a wrong bit in an answer for ${what} is noticed, and the answer asked for again${WHERE_SERVER}`, async (t) => {
    const place = await createFaultyPlace(t)
    await requireThrough(t, place, {restore: [{fault: {kind: 'flip'}, kind: 'GET', target: new RegExp(`/${what}`), call: 1}]})
  })
}

onServer(`s3 faults: wrong bits in some answers for packs, the repeated ones among them${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  await requireThrough(t, place, {restore: [{fault: {kind: 'flip'}, kind: 'GET', target: /chunks/, call: [1, 9, 17, 25]}]})
})

onServer(`s3 faults: lists that fail go on at their page${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  await requireThrough(t, place, {
    snapshot: [{fault: BROKEN, kind: 'LIST', call: [1, 3]}],
    restore: [{fault: {kind: 'truncate'}, kind: 'LIST', call: 1}],
  })
})

onServer(`s3 faults: a server that asks for less is asked for less, and served in the end${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const call = Array.from({length: 12}, (_, index) => 5 + index)
  await requireThrough(t, place, {snapshot: [{fault: SLOW_DOWN, kind: 'PUT', call}]})
})

onServer(`s3 faults: after an outage the run goes on by itself${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const {proxy} = place
  let outage: Promise<void> | undefined
  const interrupt = async (): Promise<void> => {
    await proxy.goDown('refuse')
    await setTimeout(3000)
    await proxy.comeBack()
  }
  await withRepository(place, async (repository) => {
    const onEvent = ({type}: SnapshotEvent): void => {
      if (type === 'started') outage = interrupt()
    }
    await take(repository, {paths: [place.source], onEvent})
  })
  await outage
  t.true(place.retries.length > 0, 'the run did not notice the outage')
  const {listing} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'))
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

onServer(`s3 faults: a server whose clock is an hour off is spoken to by its time, and the difference told${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  place.proxy.setClockOffset(3_600_000)
  const warnings: string[] = []
  const warn = ({message}: Error): void => void warnings.push(message)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}), warn)
  t.is(warnings.length, 1)
  t.regex(warnings[0], /the clock of this machine is 60 minutes behind the server/)
  const {listing} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'), warn)
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

onServer(`s3 faults: init finds out what a server does with conditional requests, and remembers it${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  const rules: Record<string, Rule[]> = {
    supported: [],
    refused: [
      {
        fault: {kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>'},
        kind: 'PUT',
        target: /probe-[0-9a-f]+(\?|$)/,
        call: 2,
      },
    ],
    ignored: [{fault: {kind: 'ignore-header', header: 'if-none-match'}}],
  }
  const {initRepository, openRepository} = await import('../../src/index.js')
  for (const [support, wrong] of Object.entries(rules)) {
    place.proxy.setRules(wrong)
    const options = {location: `${place.location}-${support}`, secret: KEY_FILE, reach: place.reach}
    await initRepository(options)
    await t.throwsAsync(initRepository(options), {code: 'repository-exists'}, support)
    const repository = await openRepository(options)
    t.is(repository.config.conditionalCreate, support)
    await repository.close()
  }
})

onServer(`s3 faults: a restore ends as a whole when the credentials are taken away in the middle of it${WHERE_SERVER}`, async (t) => {
  const place = await createFaultyPlace(t)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  const body = '<Error><Code>InvalidAccessKeyId</Code></Error>'
  const failed: RestoreEvent[] = []
  await withRepository(otherMachine(place, 'b'), async (repository) => {
    const onEvent = (event: RestoreEvent): void => {
      if (event.type === 'started') place.proxy.setRules([{fault: {kind: 'answer', status: 403, body}, kind: 'GET'}])
      if (event.type === 'failed') failed.push(event)
    }
    const options = {reference: 'latest', target: join(place.folder, 'target'), onEvent}
    await t.throwsAsync(restoreSnapshot(repository, options), {code: 'credentials-refused'})
  })
  t.deepEqual(failed, [])
})
