import {execFileSync} from 'node:child_process'
import {chmodSync, closeSync, mkdirSync, openSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {type EntryMetadata, setFileMetadata, setMetadataAt} from '../../src/filesystem/restore-metadata.js'
import type {ByteString} from '../../src/util/bytes.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const TIME_NS = 1_500_000_000_000_000_000n

test('metadata: what of it can be set is set, and set-id bits only for the owner they are of', (t) => {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, 'content')
  const uid = process.getuid!()
  const gid = process.getgid!()
  const set = (metadata: Omit<EntryMetadata, 'mtimeNs'>, restoresOwners: boolean) => {
    const file = openSync(path, 'r')
    try {
      return setFileMetadata(file, {...metadata, mtimeNs: TIME_NS}, restoresOwners)
    } finally {
      closeSync(file)
    }
  }
  const mode = () => (statSync(path).mode & 0o7777).toString(8)
  t.is(set({mode: 0o4751, uid, gid}, true), undefined)
  t.is(mode(), '4751')
  t.is(set({mode: 0o6710, uid: uid + 1, gid}, false), undefined)
  t.is(mode(), '710')
  t.is(statSync(path, {bigint: true}).mtimeNs, TIME_NS)
})

const KINDS = ['file', 'directory'] as const
const OWN = {mode: 0o640, uid: process.getuid!(), gid: process.getgid!(), mtimeNs: TIME_NS}

test('metadata: at a path it is set on a file or folder, whether it may be read or not', (t) => {
  const folder = temporaryFolder(t)
  for (const kind of KINDS) {
    for (const before of [0o600, 0o700, 0]) {
      const path = join(folder, `${kind}-${before}`)
      if (kind === 'file') writeFileSync(path, '')
      else mkdirSync(path)
      chmodSync(path, before)
      t.is(setMetadataAt(path as ByteString, kind, OWN, true), undefined)
      t.is(statSync(path).mode & 0o7777, 0o640)
      t.is(statSync(path, {bigint: true}).mtimeNs, TIME_NS)
    }
  }
})

test('metadata: at a path it is never set on what a link leads to, and a pipe is not waited for', (t) => {
  const folder = temporaryFolder(t)
  const victim = {file: join(folder, 'file'), directory: join(folder, 'folder')}
  writeFileSync(victim.file, 'secret', {mode: 0o600})
  mkdirSync(victim.directory, {mode: 0o700})
  for (const kind of KINDS) {
    const path = join(folder, `link to ${kind}`)
    symlinkSync(victim[kind], path)
    const before = statSync(victim[kind], {bigint: true})
    const code = setMetadataAt(path as ByteString, kind, {...OWN, mode: 0o777, uid: 1000, gid: 1000}, OWN.uid === 0)
    t.true(code === 'ELOOP' || code === 'ENOTDIR', code)
    t.deepEqual(statSync(victim[kind], {bigint: true}), before)
  }
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  t.is(setMetadataAt(pipe as ByteString, 'file', OWN, true), undefined)
  t.is(setMetadataAt(join(folder, 'nothing') as ByteString, 'file', OWN, true), 'ENOENT')
})
