/** Snapshots of picked changes, case by case. */
import {chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {listEntries, listSnapshots, reviewSnapshot} from '../../src/index.js'
import {changesOf, lastRecord, pick} from './pick-changes.js'
import {createPlace, restoreFresh, withRepository} from './repository-place.js'
import {pathsIn, take, writeSource} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

test('picked: nothing picked is the tree of the parent, and the record says that it was picked', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const paths = [place.source]
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    const before = listTree(place.source)
    const first = await lastRecord(repository)
    writeFileSync(join(place.source, 'a', 'new'), 'new')
    writeFileSync(join(place.source, 'four'), 'changed')
    rmSync(join(place.source, 'c'), {recursive: true})
    const {summary} = await pick(repository, {paths}, [])
    const second = await lastRecord(repository)
    t.deepEqual([second.root, second.rootEntry, second.isPicked, first.isPicked], [first.root, first.rootEntry, true, undefined])
    t.deepEqual(summary.files, {new: 0, changed: 0, unchanged: 4})
    t.deepEqual(
      (await listSnapshots(repository)).map(({isPicked}) => isPicked),
      [false, true],
    )
    t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, before), [])
  })
})

test('picked: everything picked is what a snapshot of everything is', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const paths = [place.source]
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    mkdirSync(join(place.source, 'empty', 'folder'), {recursive: true})
    rmSync(join(place.source, 'a', 'b'), {recursive: true})
    symlinkSync('four', join(place.source, 'link'))
    const {changes} = await reviewSnapshot(repository, {paths})
    await take(repository, {paths, picked: changes})
    const {root} = await lastRecord(repository)
    await take(repository, {paths})
    t.deepEqual((await lastRecord(repository)).root, root)
  })
})

test('picked: a deleted folder stays for the sake of a file that stays, and goes with the last', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  for (const name of ['x', 'y']) {
    mkdirSync(join(place.source, 'old', name, 'deep'), {recursive: true})
    writeFileSync(join(place.source, 'old', name, 'deep', 'file'), name)
  }
  mkdirSync(join(place.source, 'old', 'empty'))
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    rmSync(join(place.source, 'old'), {recursive: true})
    t.deepEqual(await changesOf(repository, {paths}), ['deleted old/empty', 'deleted old/x/deep/file', 'deleted old/y/deep/file'])
    await pick(repository, {paths}, ['old/x/deep/file'])
    t.deepEqual(await pathsIn(repository), ['old', 'old/empty', 'old/y', 'old/y/deep', 'old/y/deep/file'])
    await pick(repository, {paths}, ['old/y/deep/file'])
    t.deepEqual(await pathsIn(repository), ['old', 'old/empty'])
    await pick(repository, {paths}, ['old/empty'])
    t.deepEqual(await pathsIn(repository), [])
  })
})

test('picked: what takes the place of something else is one change', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  const at = (...names: string[]): string => join(place.source, ...names)
  for (const name of ['kept', 'taken']) {
    mkdirSync(at(`folder-${name}`))
    writeFileSync(at(`folder-${name}`, 'inside'), 'inside')
    writeFileSync(at(`file-${name}`), 'file')
  }
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    for (const name of ['kept', 'taken']) {
      rmSync(at(`folder-${name}`), {recursive: true})
      writeFileSync(at(`folder-${name}`), 'a file')
      rmSync(at(`file-${name}`))
      mkdirSync(at(`file-${name}`, 'deep'), {recursive: true})
      writeFileSync(at(`file-${name}`, 'deep', 'inside'), 'inside it')
    }
    const {changes} = await reviewSnapshot(repository, {paths})
    t.deepEqual(
      changes.map(({path, change, kind, sizeBefore, sizeAfter}) => [path, change, kind, sizeBefore, sizeAfter]),
      [
        ['file-kept', 'modified', 'directory', 4, 9],
        ['file-taken', 'modified', 'directory', 4, 9],
        ['folder-kept', 'modified', 'file', 6, 6],
        ['folder-taken', 'modified', 'file', 6, 6],
      ],
    )
    await pick(repository, {paths}, ['file-taken', 'folder-taken'])
    t.deepEqual(await pathsIn(repository), [
      'file-kept',
      'file-taken',
      'file-taken/deep',
      'file-taken/deep/inside',
      'folder-kept',
      'folder-kept/inside',
      'folder-taken',
    ])
    await take(repository, {paths})
    t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, listTree(place.source)), [])
  })
})

test('picked: what changes after the review and was not picked waits for the next snapshot; what was picked is taken as it is', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  const at = (name: string): string => join(place.source, name)
  for (const name of ['same', 'edited', 'vanishing', 'gone']) writeFileSync(at(name), name)
  await withRepository(place, async (repository) => {
    const {id} = await take(repository, {paths})
    for (const name of ['edited', 'vanishing']) writeFileSync(at(name), `${name} once`)
    rmSync(at('gone'))
    for (const name of ['fresh', 'fleeting']) writeFileSync(at(name), name)
    mkdirSync(at('folder'))
    writeFileSync(join(at('folder'), 'fleeting'), '')
    const {changes} = await reviewSnapshot(repository, {paths})
    t.is(changes.length, 6)
    writeFileSync(at('edited'), 'edited twice')
    writeFileSync(at('same'), 'not the same')
    writeFileSync(at('late'), 'late')
    writeFileSync(at('gone'), 'back again')
    for (const name of ['vanishing', 'fleeting', 'folder/fleeting']) rmSync(at(name))
    await take(repository, {paths, parent: id, picked: changes})
    const {target} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(readdirSync(target).sort(), ['edited', 'fresh', 'gone', 'same'])
    const sizes = new Map<string, number>()
    for await (const {path, sizeBytes} of listEntries(repository, {reference: 'latest', recursive: true})) sizes.set(path, sizeBytes)
    t.deepEqual(
      [...sizes],
      [
        ['edited', 12],
        ['fresh', 5],
        ['gone', 10],
        ['same', 4],
      ],
    )
    t.deepEqual(await changesOf(repository, {paths}), ['modified same', 'new folder', 'new late'])
  })
})

test('picked: excludes hold for what is deleted too, and folders of the repository stay out', async (t) => {
  const place = await createPlace(t)
  const options = {paths: [place.folder], excludes: ['*.tmp', 'skipped/']}
  for (const name of ['a.tmp', 'b']) writeFileSync(join(place.source, name), name)
  mkdirSync(join(place.source, 'skipped'))
  writeFileSync(join(place.source, 'skipped', 'file'), '')
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [place.folder]})
    t.deepEqual(await changesOf(repository, options), [])
    for (const name of ['a.tmp', 'b']) rmSync(join(place.source, name))
    rmSync(join(place.source, 'skipped'), {recursive: true})
    writeFileSync(join(place.source, 'c.tmp'), '')
    t.deepEqual(await changesOf(repository, options), ['deleted source/b'])
    await pick(repository, options, [])
    // The cache of other repositories would be in that folder.
    t.deepEqual(await pathsIn(repository), ['cache', 'source', 'source/b'])
  })
})

test('picked: several sources and single files, of which nothing else in the parent stays', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const at = (...names: string[]): string => join(place.source, ...names)
  await withRepository(place, async (repository) => {
    const {id} = await take(repository, {paths: [at('a'), at('c'), at('four')]})
    const paths = [at('a', 'b'), at('four')]
    writeFileSync(at('a', 'b', 'new'), '')
    writeFileSync(at('a', 'b', 'newer'), '')
    rmSync(at('a', 'b', 'two.txt'))
    writeFileSync(at('four'), 'not empty')
    const options = {paths, parent: id}
    t.deepEqual(await changesOf(repository, options), ['deleted a/b/two.txt', 'modified four', 'new a/b/new', 'new a/b/newer'])
    await pick(repository, options, ['a/b/new'])
    t.deepEqual(await pathsIn(repository), ['a', 'a/b', 'a/b/new', 'a/b/two.txt', 'four'])
    t.deepEqual(await changesOf(repository, {paths}), ['deleted a/b/two.txt', 'modified four', 'new a/b/newer'])
  })
})

test('picked: without a parent, or with one of another folder, everything is new', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    const {parent, changes, totals} = await reviewSnapshot(repository, {paths: [place.source]})
    t.is(parent, undefined)
    t.deepEqual(
      changes.map(({change}) => change),
      ['new', 'new', 'new', 'new'],
    )
    t.deepEqual(totals.new, {files: 4, directories: 0, links: 0, others: 0, bytes: 150_005})
    const first = await pick(repository, {paths: [place.source]}, ['c/three.log'])
    t.is(first.parent, undefined)
    t.deepEqual(await pathsIn(repository), ['c', 'c/three.log'])
    const options = {paths: [join(place.source, 'a')], parent: first.id}
    t.deepEqual(await changesOf(repository, options), ['new b/two.txt', 'new one.bin'])
    await pick(repository, options, ['one.bin'])
    t.deepEqual(await pathsIn(repository), ['one.bin'])
  })
})

test('picked: owner and mode of a folder are a change of their own', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  for (const name of ['x', 'y']) mkdirSync(join(place.source, name), {mode: 0o700})
  await withRepository(place, async (repository) => {
    await take(repository, {paths})
    const before = listTree(place.source)
    for (const name of ['x', 'y']) {
      chmodSync(join(place.source, name), 0o750)
      writeFileSync(join(place.source, name, 'file'), '')
    }
    t.deepEqual(await changesOf(repository, {paths}), ['modified x', 'modified y', 'new x/file', 'new y/file'])
    await pick(repository, {paths}, ['x', 'y/file'])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('x'), listTree(place.source).get('x'))
    t.is(listing.get('y'), before.get('y'))
    t.deepEqual([...listing.keys()].sort(), ['.', 'x', 'y', 'y/file'])
  })
})

test('picked: a dry run stores nothing', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const before = listTree(place.location)
  await withRepository(place, async (repository) => {
    const {changes} = await reviewSnapshot(repository, {paths: [place.source]})
    const {id, summary} = await take(repository, {paths: [place.source], picked: changes.slice(0, 1), dryRun: true})
    t.is(id, undefined)
    t.is(summary.total.files, 1)
  })
  t.deepEqual(differences(listTree(place.location), before), [])
})
