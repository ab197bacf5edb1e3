import {existsSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {Stage} from '../../bench/stage.js'
import {temporaryFolder} from './temporary-folder.js'

async function twoVersions(t: ExecutionContext): Promise<string> {
  const data = await temporaryFolder(t)
  for (const name of ['first', 'nested/second']) {
    await mkdir(join(data, name), {recursive: true})
    await writeFile(join(data, name, 'file'), name)
  }
  return data
}

test('stage: shows one folder after another under one path', async (t) => {
  const data = await twoVersions(t)
  const stage = new Stage(data)
  await stage.show('first')
  t.is(await readFile(join(stage.path, 'file'), 'utf8'), 'first')
  await stage.show('nested/second')
  t.is(await readFile(join(stage.path, 'file'), 'utf8'), 'nested/second')
  t.is(await readFile(join(data, 'first', 'file'), 'utf8'), 'first')
})

test('stage: what a killed run left on stage goes back to its place', async (t) => {
  const data = await twoVersions(t)
  await new Stage(data).show('nested/second')
  await new Stage(data).clear()
  t.is(await readFile(join(data, 'nested', 'second', 'file'), 'utf8'), 'nested/second')
  t.false(existsSync(join(data, 'stage', 'source')))
})

test('stage: a run killed between the note and the renaming harms nothing', async (t) => {
  const data = await twoVersions(t)
  await mkdir(join(data, 'stage'))
  await writeFile(join(data, 'stage', 'origin'), 'first')
  await new Stage(data).clear()
  t.is(await readFile(join(data, 'first', 'file'), 'utf8'), 'first')
})
