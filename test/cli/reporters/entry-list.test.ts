import test from 'ava'
import {entryJson, formatMode, LongListing} from '../../../src/cli/reporters/entry-list.js'
import type {EntryInfo} from '../../../src/operations/entry-info.js'

const ENTRY: EntryInfo = {
  path: 'a.txt',
  pathBytes: Buffer.from('a.txt'),
  kind: 'file',
  mode: 0o644,
  uid: 1000,
  gid: 100,
  sizeBytes: 1234,
  mtimeNs: 0n,
}

test('modes read as those of ls', (t) => {
  const modes: [EntryInfo['kind'], number, string][] = [
    ['file', 0o644, '-rw-r--r--'],
    ['directory', 0o755, 'drwxr-xr-x'],
    ['link', 0o777, 'lrwxrwxrwx'],
    ['file', 0o4755, '-rwsr-xr-x'],
    ['file', 0o4644, '-rwSr--r--'],
    ['file', 0o2755, '-rwxr-sr-x'],
    ['directory', 0o1777, 'drwxrwxrwt'],
    ['directory', 0o1776, 'drwxrwxrwT'],
    ['fifo', 0, 'p---------'],
    ['unknown', 0, '?---------'],
  ]
  for (const [kind, mode, text] of modes) t.is(formatMode({kind, mode}), text)
})

test('columns of a long listing grow and never shrink', (t) => {
  const listing = new LongListing()
  const first = listing.line(ENTRY)
  t.true(
    first.startsWith('-rw-r--r-- 1000  100      1234 1970-01-01 ') || first.startsWith('-rw-r--r-- 1000  100      1234 1969-12-31 '),
    first,
  )
  listing.line({...ENTRY, uid: 1_000_000})
  t.true(listing.line(ENTRY).startsWith('-rw-r--r--    1000  100      1234 '))
})

test('links show where they lead, unreadable entries why', (t) => {
  const listing = new LongListing()
  t.true(listing.line({...ENTRY, kind: 'link', target: '../\u001bb'}).endsWith(' a.txt -> ../\\x1bb'))
  t.true(listing.line({...ENTRY, error: {code: 'EACCES', message: 'permission denied'}}).endsWith(' a.txt [unreadable: EACCES]'))
})

test('json: a name that is not UTF-8 has its bytes beside it', (t) => {
  const bytes = Buffer.from([0x61, 0xff])
  t.like(entryJson({...ENTRY, path: 'a\\xff', pathBytes: bytes}), {path: 'a\\xff', path_base64: 'Yf8='})
  const json = entryJson({...ENTRY, kind: 'character-device'})
  t.like(json, {path: 'a.txt', kind: 'character_device', mtime: '1970-01-01T00:00:00.000000000Z', target: null, error: null})
  t.false('path_base64' in json)
})
