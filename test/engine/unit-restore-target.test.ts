import {mkdirSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {planTarget} from '../../src/engine/restore-target.js'
import type {RestoreItem} from '../../src/engine/restore-walk.js'
import {ENTRY_TYPE, type EntryType} from '../../src/format/entry-type.js'
import {ChunkVerifier} from '../../src/repository/pack-reader.js'
import type {ReadTree} from '../../src/snapshot/read-tables.js'
import type {ByteString} from '../../src/util/bytes.js'
import {rejectsWith} from '../backend/objects.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const MB = 2 ** 20
const read: ReadTree = () => Promise.reject(new Error('nothing to read'))

/** An entry of so many chunks of a megabyte. */
function itemOf(path: string, type: EntryType, chunks = 0): RestoreItem {
  const references = {ids: new Uint8Array(32 * chunks), lengths: new Uint32Array(chunks).fill(MB)}
  const rest = {mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, ctimeNs: 0n, depth: 0, target: undefined, error: undefined}
  const name = path.slice(path.lastIndexOf('/') + 1) as ByteString
  return {path: path as ByteString, entry: {name, type, sizeBytes: chunks * MB, references, ...rest}}
}

async function* each(...items: RestoreItem[]) {
  yield* items
}

class CountingVerifier extends ChunkVerifier {
  calls = 0
  onCall = (): void => undefined

  override idOf(): Uint8Array {
    this.calls++
    this.onCall()
    return new Uint8Array(32)
  }
}

test('restore target: a run is ended while a large file that is there is compared', async (t) => {
  const target = temporaryFolder(t)
  const CHUNKS = 400
  writeFileSync(join(target, 'large'), '')
  truncateSync(join(target, 'large'), CHUNKS * MB)
  const verifier = new CountingVerifier(undefined)
  const controller = new AbortController()
  verifier.onCall = () => void (verifier.calls === 1 && setImmediate(() => controller.abort()))
  const request = {target: target as ByteString, mayOverwrite: false, content: {read, verifier}}
  const items = () => each(itemOf('large', ENTRY_TYPE.file, CHUNKS))
  await rejectsWith(t, planTarget({...request, items: items(), signal: controller.signal}), 'interrupted')
  t.true(verifier.calls < 100, `${verifier.calls} chunks were read`)
  await rejectsWith(t, planTarget({...request, items: items(), signal: AbortSignal.abort()}), 'interrupted')
  const {present} = await planTarget({...request, items: items()})
  t.deepEqual([...present], [['large' as ByteString, 'keep']])
})

test('restore target: what the system does not let us look at fails alone', async (t) => {
  const target = temporaryFolder(t)
  mkdirSync(join(target, 'folder'))
  writeFileSync(join(target, 'file'), '')
  const long = 'x'.repeat(300)
  const items = each(
    itemOf('file', ENTRY_TYPE.file),
    itemOf('folder', ENTRY_TYPE.directory),
    itemOf(`folder/${long}`, ENTRY_TYPE.file),
    itemOf(long, ENTRY_TYPE.directory),
    itemOf(`${long}/below`, ENTRY_TYPE.file),
  )
  const content = {read, verifier: new CountingVerifier(undefined)}
  const {present, failed} = await planTarget({target: target as ByteString, items, mayOverwrite: false, content})
  t.deepEqual([...present.keys()], ['file', 'folder'] as ByteString[])
  t.deepEqual(
    [...failed].map(([path, {code}]) => `${path} ${code}`),
    [`folder/${long}`, long, `${long}/below`].map((path) => `${path} ENAMETOOLONG`),
  )
})
