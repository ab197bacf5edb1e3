/** Metadata that cannot be set costs no content, and is set on nothing else than what was restored. */
import {execFileSync} from 'node:child_process'
import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {encodeTreePage} from '../../src/format/tree.js'
import {directory, file, link, tableOf} from '../snapshot/stored-trees.js'
import {craftSnapshot} from './crafted-snapshot.js'
import {createPlace, NO_SECRET, withRepository} from './repository-place.js'

const POCKET = fileURLToPath(new URL('../../../bin/pocket.js', import.meta.url))
/** Starts a program as a root that may give files to nobody. */
const AS_POWERLESS_ROOT = ['-U', '-r']

function canBePowerless(): boolean {
  try {
    execFileSync('unshare', [...AS_POWERLESS_ROOT, 'true'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

const onPowerless = canBePowerless() ? test : test.skip

onPowerless('restore: where owners cannot be set, everything else is, and that is told (only where unshare works)', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  await withRepository(place, (repository) =>
    craftSnapshot(repository, place, (save, stored) => {
      const whole = {...file(), references: [stored]}
      const inner = save(encodeTreePage(tableOf({empty: file(), whole: {...whole, mode: 0o640}})))
      const entries = {folder: {...directory(inner), mode: 0o2751}, link: link('x'), program: {...whole, mode: 0o6755}}
      return save(encodeTreePage(tableOf(entries)))
    }),
  )
  const words = ['restore', 'latest', '--repository', place.location, '--target', target, '--json']
  const output = execFileSync('unshare', [...AS_POWERLESS_ROOT, process.execPath, POCKET, ...words], {encoding: 'utf8'})
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const warnings = lines.flatMap(({type, path, message}) => (type === 'warning' ? [`${path} ${message}`] : []))
  const why = 'its metadata cannot be set: EINVAL'
  const paths = ['folder', 'folder/empty', 'folder/whole', 'link', 'program']
  t.deepEqual(
    warnings.sort(),
    paths.map((path) => `${path} ${why}`),
  )
  t.like(lines.at(-1), {type: 'summary', files: 3, directories: 1, links: 1, failed: 0})
  const mode = (path: string) => (statSync(join(target, path)).mode & 0o7777).toString(8)
  t.deepEqual([mode('folder'), mode('folder/whole'), mode('folder/empty'), mode('program')], ['751', '640', '644', '755'])
  t.deepEqual(readFileSync(join(target, 'program')), readFileSync(join(place.source, 'source')))
  t.is(statSync(join(target, 'program'), {bigint: true}).mtimeNs, 2n)
})
