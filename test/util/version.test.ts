import {readFileSync} from 'node:fs'
import test from 'ava'
import {PROGRAM, VERSION} from '../../src/util/version.js'

test('version: the program calls itself as its package does', (t) => {
  const {version} = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {version: string}
  t.is(VERSION, version)
  t.is(PROGRAM, `pocket ${version}`)
})
