import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {isBelow, resolveSources, type Selection} from '../../src/engine/sources.js'
import type {PocketError} from '../../src/errors.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

/** `a/b/file`, `a/bc`, `d/file`, and `link` to `a`. */
function fixture(t: ExecutionContext) {
  const root = temporaryFolder(t)
  for (const folder of ['a/b', 'a/bc', 'd']) mkdirSync(join(root, folder), {recursive: true})
  for (const file of ['a/b/file', 'd/file']) writeFileSync(join(root, file), '')
  symlinkSync('a', join(root, 'link'))
  const resolveIn = (...paths: string[]) => resolveSources(paths.map((path) => join(root, path)))
  const below = (path: string): string => path.slice(root.length + 1)
  return {root, resolveIn, below}
}

function plainSelection(selection: Selection): unknown {
  return selection === 'all' ? 'all' : Object.fromEntries([...selection].map(([name, inner]) => [name, plainSelection(inner)]))
}

test('sources: one folder is the base itself, with its own metadata', (t) => {
  const {resolveIn, below} = fixture(t)
  const {base, paths, selection, rootStats} = resolveIn('a')
  t.deepEqual([below(base), paths.map(below), selection], ['a', ['a'], 'all'])
  t.true(rootStats?.isDirectory())
})

test('sources: several have the folder above them all as base, and are selected in it', (t) => {
  const {root, resolveIn} = fixture(t)
  const {base, selection, rootStats} = resolveIn('a/b', 'd/file', 'a/bc')
  t.is(String(base), root)
  t.deepEqual(plainSelection(selection), {a: {b: 'all', bc: 'all'}, d: {file: 'all'}})
  t.is(rootStats, undefined)
})

test('sources: a file, or a link to a folder, is selected in its folder', (t) => {
  const {root, resolveIn} = fixture(t)
  t.deepEqual(plainSelection(resolveIn('a/b/file').selection), {file: 'all'})
  const {base, selection} = resolveIn('link')
  t.deepEqual([base as string, plainSelection(selection)], [root, {link: 'all'}])
})

test('sources: one that lies below another, or is named twice, is no source of its own', (t) => {
  const {resolveIn, below} = fixture(t)
  const {base, paths, selection} = resolveIn('a/b', 'a', 'a/b/file', 'a/', './a')
  t.deepEqual([below(base), paths.map(below), selection], ['a', ['a'], 'all'])
  t.deepEqual(resolveIn('a/bc', 'a/b').paths.map(below), ['a/b', 'a/bc'])
})

test('sources: nothing there, and no path at all, are errors that say so', (t) => {
  const {resolveIn} = fixture(t)
  t.like(
    t.throws(() => resolveIn('none')),
    {code: 'path-missing'},
  )
  t.like(
    t.throws(() => resolveIn('a/b/file/below')),
    {code: 'path-missing'},
  )
  t.like(
    t.throws(() => resolveSources([])),
    {code: 'usage'},
  )
})

test('sources: below means below, not beginning with the same letters', (t) => {
  t.true(isBelow('/a/b', '/a'))
  t.true(isBelow('/a/b', '/'))
  t.false(isBelow('/ab', '/a'))
  t.false(isBelow('/a', '/a'))
})

test('sources: one that lies behind a link in another would not be stored, and is refused', (t) => {
  const {root, resolveIn} = fixture(t)
  symlinkSync('../a', join(root, 'd', 'inner'))
  const error = t.throws<PocketError>(() => resolveIn('d', 'd/inner/b/file'))
  t.is(error.code, 'usage')
  t.true(error.message.includes(join(root, 'd/inner')) && error.hint?.includes(join(root, 'a/b/file')), `${error.message}: ${error.hint}`)
  // Behind the same link alone it is stored, and so is the link beside its folder.
  t.deepEqual(plainSelection(resolveIn('d/inner/b/file').selection), {file: 'all'})
  t.is(resolveIn('d', 'd/inner').selection, 'all')
})
