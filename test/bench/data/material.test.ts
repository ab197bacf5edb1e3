import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {lstat, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {ensureFolder} from '../../../bench/data/material.js'
import {smallFilePath, TEN_KB, writeMixedFiles} from '../../../bench/data/mixed-files.js'
import {writeRandomFiles} from '../../../bench/data/random-files.js'
import {SeededBytes} from '../../../bench/data/seed.js'
import {changeSmallFiles, writeSmallFiles} from '../../../bench/data/small-files.js'
import {temporaryFolder} from '../temporary-folder.js'

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

async function digestOf(folder: string): Promise<{digest: string; files: number; bytes: number}> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const contents = await Promise.all(paths.map((path) => readFile(path)))
  const lines = paths.map((path, place) => `${path.slice(folder.length)} ${sha256(contents[place])}`)
  return {digest: sha256(lines.join('\n')), files: paths.length, bytes: contents.reduce((sum, {length}) => sum + length, 0)}
}

test('seed: the same seed gives the same bytes on every machine', (t) => {
  t.is(new SeededBytes('a').take(8).toString('hex'), '3ea02d42ae653a06')
  t.not(new SeededBytes('b').take(8).toString('hex'), new SeededBytes('a').take(8).toString('hex'))
})

test('random files: fill the asked size to the byte and are the same each time', async (t) => {
  const [first, second] = [await temporaryFolder(t), await temporaryFolder(t)]
  for (const folder of [first, second]) writeRandomFiles(folder, 'test', 6_000_001)
  const made = await digestOf(first)
  t.is(made.bytes, 6_000_001)
  t.deepEqual(made, await digestOf(second))
})

test('mixed files: are large and small, and every tenth small one has 10 KB', async (t) => {
  const folder = await temporaryFolder(t)
  writeMixedFiles(folder, {largeBytes: 3_000_000, smallFiles: 41})
  t.is((await digestOf(join(folder, 'large'))).bytes, 3_000_000)
  t.is((await digestOf(join(folder, 'small'))).files, 41)
  t.is((await lstat(join(folder, smallFilePath(40)))).size, TEN_KB)
})

test('small files: one in a thousand changes, and version 0 brings the first state back', async (t) => {
  const folder = await temporaryFolder(t)
  writeSmallFiles(folder, 2000)
  const first = await digestOf(folder)
  t.is(first.files, 2000)
  t.is(first.digest, '0cbe03189c23e0d74dda08c2eef7627c9589ed33a6df24933ec7c327f12029e1')
  t.is(changeSmallFiles(folder, 2000, 1), 2)
  t.not((await digestOf(folder)).digest, first.digest)
  changeSmallFiles(folder, 2000, 0)
  t.deepEqual(await digestOf(folder), first)
})

test('material: a folder that could not be filled does not appear, and is made anew the next time', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const material = {dataFolder, log: () => {}}
  const fail = async (partial: string): Promise<void> => {
    await writeFile(join(partial, 'half'), '')
    throw new Error('interrupted')
  }
  await t.throwsAsync(ensureFolder(material, 'thing', fail), {message: 'interrupted'})
  t.false(existsSync(join(dataFolder, 'thing')))
  const folder = await ensureFolder(material, 'thing', (partial) => writeFile(join(partial, 'whole'), ''))
  t.deepEqual(await readdir(folder), ['whole'])
  await ensureFolder(material, 'thing', fail)
  t.true((await lstat(join(folder, 'whole'))).isFile())
})
