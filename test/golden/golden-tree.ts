/** The folder that the golden repositories hold, in its two states. Never change it: the repositories are kept for ever. */
import {chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {setTimes} from '../../src/filesystem/native.js'
import {randomContent, textContent} from '../operations/content.js'

const SECOND = 1_000_000_000n
const START = 1_700_000_000n * SECOND

/** Entries whose metadata alone takes more than a page. */
const MANY = 2000

/** Writes the first state into the empty folder `root`. */
export function writeFirst(root: string): void {
  const at = (path: string | Buffer) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)])
  for (const folder of ['texts', 'texts/deep', 'texts/deep/er', 'empty folder', 'many', 'odd']) mkdirSync(at(folder))
  writeFileSync(at('texts/short'), 'hello, world\n')
  writeFileSync(at('texts/long'), textContent(1, 60_000))
  writeFileSync(at('texts/deep/er/copy of long'), textContent(1, 60_000))
  writeFileSync(at('empty'), '')
  writeFileSync(at('random'), randomContent(1, 30_000))
  // Few chunks that come again and again: with small chunks their references fill chunk lists.
  writeFileSync(at('repeated'), Buffer.concat(Array.from({length: 120}, () => textContent(2, 60_000))))
  writeFileSync(at('zeros'), Buffer.alloc(700_000))
  symlinkSync('texts/short', at('link'))
  symlinkSync('/nowhere/at all', at('odd/dangling'))
  symlinkSync(Buffer.from([0x66, 0xff, 0x2f, 0x0a]), at('odd/link to bytes'))
  writeFileSync(at(Buffer.from('6f64642fff0a20c3a9', 'hex')), 'a name that is not UTF-8')
  writeFileSync(at('odd/prog'), '#!/bin/sh\n')
  for (let entry = 0; entry < MANY; entry++) {
    const path = at(`many/${String(entry).padStart(5, '0')} ${'long name '.repeat(24)}`)
    writeFileSync(path, '')
    setTimes(path, 0n, START - BigInt(entry))
  }
  setTimes(at(Buffer.from('6f64642fff0a20c3a9', 'hex')), 0n, START + 10n)
  setTimes(at(Buffer.from('odd/link to bytes')), 0n, START + 11n)
  setAll(at)
}

/** Turns the first state into the second. */
export function writeSecond(root: string): void {
  const at = (path: string | Buffer) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)])
  writeFileSync(at('texts/long'), Buffer.concat([textContent(1, 60_000), Buffer.from('and more\n')]))
  rmSync(at('texts/short'))
  mkdirSync(at('added'))
  writeFileSync(at('added/file'), 'added\n')
  rmSync(at('link'))
  symlinkSync('added/file', at('link'))
  setTimes(at('added/file'), 0n, START + 5n)
  setTimes(at('link'), 0n, START + 6n)
  setTimes(at('texts/long'), 0n, START + 7n)
  for (const folder of ['added', 'texts', '.']) setTimes(at(folder), 0n, START + 8n)
}

function setAll(at: (path: string) => Buffer): void {
  const modes: [string, number][] = [
    ['texts/short', 0o600],
    ['texts/long', 0o444],
    ['odd/prog', 0o755],
    ['empty folder', 0o1777],
    ['texts/deep', 0o700],
    ['random', 0o400],
  ]
  for (const [path, mode] of modes) chmodSync(at(path), mode)
  const times: [string, bigint][] = [
    ['texts/short', 1n],
    ['texts/long', -1n],
    ['empty', -SECOND * 1_000_000n - 1n],
    ['zeros', START],
    ['repeated', START + 1n],
    ['link', START + 2n],
    ['odd/dangling', START + 3n],
    ['texts/deep/er/copy of long', START + 4n],
    ['texts/deep/er', START],
    ['texts/deep', START],
    ['texts', START],
    ['random', 4_102_444_800n * SECOND + 123_456_789n],
    ['odd/prog', START + 9n],
    ['empty folder', START],
    ['odd', START],
    ['many', START],
    ['.', START],
  ]
  for (const [path, mtimeNs] of times) setTimes(at(path), 0n, mtimeNs)
}
