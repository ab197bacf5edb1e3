import {closeSync, openSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {type EntryMetadata, setFileMetadata} from '../../src/filesystem/restore-metadata.js'
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
