/** Folders of so many entries that their trees are split into pages. */
import {createHash} from 'node:crypto'
import {mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {listEntries, readFile, takeSnapshot} from '../../src/index.js'
import {createPlace, restoreFresh, withRepository, WORKERS} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'

const ENTRIES = 20_000

test('large directory: 20,000 entries are restored, and a change stores a page or two of them anew', async (t) => {
  const place = await createPlace(t)
  const folder = join(place.source, 'many')
  mkdirSync(folder)
  const name = (number: number) => join(folder, `${createHash('md5').update(String(number)).digest('hex')} ${number}`)
  for (let number = 0; number < ENTRIES; number++) {
    if (number % 100 === 0) mkdirSync(name(number))
    else if (number % 10 === 0) symlinkSync(`target ${number}`, name(number))
    else writeFileSync(name(number), number % 3 === 0 ? '' : `content ${number % 50}`)
  }
  await withRepository(place, async (repository) => {
    const before = listTree(place.source)
    const first = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.deepEqual(first.summary.total, {
      files: 18_000,
      directories: 201,
      links: 1800,
      others: 0,
      bytes: first.summary.total.bytes,
      unreadable: 0,
    })

    // All in one place: the entries whose names begin like this one's.
    const files = Array.from({length: ENTRIES}, (_, number) => number)
      .filter((number) => number % 10 !== 0)
      .map(name)
      .sort()
    writeFileSync(files[5], 'changed')
    rmSync(files[6])
    writeFileSync(join(folder, '0000'), 'added')
    renameSync(files[7], join(folder, '000'))
    const after = listTree(place.source)
    const second = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.true(
      second.summary.bytesAdded < first.summary.bytesAdded / 2,
      `${second.summary.bytesAdded} of ${first.summary.bytesAdded} bytes anew`,
    )

    t.deepEqual(second.summary.files, {new: 2, changed: 1, unchanged: 17_997})

    const olds = await restoreFresh(repository, place, first.id!)
    t.deepEqual(differences(olds.listing, before), [])
    const news = await restoreFresh(repository, place, second.id!)
    t.deepEqual(differences(news.listing, after), [])

    const paths: string[] = []
    for await (const {path} of listEntries(repository, {reference: `${second.id}:many`})) paths.push(path)
    t.is(paths.length, ENTRIES)
    t.deepEqual(paths, [...paths].sort())
    const pieces: Uint8Array[] = []
    for await (const piece of readFile(repository, `${second.id}:many/0000`)) pieces.push(piece)
    t.is(Buffer.concat(pieces).toString(), 'added')
  })
})
