/** rsync and tar find nothing to say about a restored tree. */
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {takeSnapshot} from '../../src/index.js'
import {hasNanosecondTimes, setTimes} from '../../src/filesystem/native.js'
import {randomContent, textContent} from '../operations/content.js'
import {generatedFolders, writeEntry} from '../operations/generated-tree.js'
import {createPlace, restoreFresh, withRepository, WORKERS} from '../operations/repository-place.js'
import {listTree} from '../operations/tree-listing.js'
import {needing, run, testWith} from './programs.js'

const RSYNC = [
  '-aHAX',
  '--checksum',
  '--dry-run',
  '--itemize-changes',
  '--delete',
  hasNanosecondTimes() ? '--modify-window=-1' : '--modify-window=1',
]

/** Some thousand entries: made-up trees, a folder of many, large files, and the same again under other names. */
function writeSource(source: string, seed: number): void {
  for (const [number, folder] of fc.sample(generatedFolders, {numRuns: 40, seed}).entries()) {
    writeEntry(Buffer.from(join(source, `made up ${number}`)), folder)
  }
  mkdirSync(join(source, 'many'))
  for (let file = 0; file < 3000; file++)
    writeFileSync(join(source, 'many', `file ${file}`), file % 4 === 0 ? '' : textContent(file, file % 3000))
  for (let link = 0; link < 300; link++) symlinkSync(`file ${link}`, join(source, 'many', `link ${link}`))
  writeFileSync(join(source, 'large'), randomContent(seed, 5_000_000))
  writeFileSync(join(source, 'larger'), Buffer.concat([randomContent(seed, 3_000_000), randomContent(1, 4_000_000)]))
  setTimes(Buffer.from(join(source, 'many')), 0n, 1_234_567_890_123_456_789n)
}

testWith('rsync')(`rsync: nothing differs between a source and what is restored of it${needing('rsync')}`, async (t) => {
  const seed = Number(process.env.POCKET_TEST_SEED ?? Date.now() % 1_000_000)
  t.log(`seed ${seed}`)
  const place = await createPlace(t)
  writeSource(place.source, seed)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const {target, result} = await restoreFresh(repository, place, 'latest')
    t.is(result.failed, 0)
    t.is(run('rsync', ...RSYNC, `${place.source}/`, `${target}/`), '')
    writeFileSync(join(target, 'many', 'file 1'), 'x')
    t.not(run('rsync', ...RSYNC, `${place.source}/`, `${target}/`), '', 'rsync finds nothing whatever it is given')
  })
})

testWith('tar')(`tar: an archive of the source finds nothing different in what is restored${needing('tar')}`, async (t) => {
  const place = await createPlace(t)
  writeSource(place.source, 7)
  const archive = join(place.folder, 'source.tar')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    run('tar', '--create', '--format=pax', `--file=${archive}`, `--directory=${place.source}`, '.')
    const {target} = await restoreFresh(repository, place, 'latest')
    t.is(run('tar', '--compare', `--file=${archive}`, `--directory=${target}`), '')
    t.is(listTree(target).size, listTree(place.source).size)
  })
})
