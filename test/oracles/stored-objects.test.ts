/** b3sum agrees with the names of objects, and, without encryption, with the ids of data chunks. */
import {readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {takeSnapshot} from '../../src/index.js'
import {toHex} from '../../src/util/bytes.js'
import {textContent, writeRandom} from '../operations/content.js'
import {createPlace, KEY_FILE, NO_SECRET, withRepository, WORKERS} from '../operations/repository-place.js'
import {readPacks} from '../operations/stored-chunks.js'
import {needing, run, testWith} from './programs.js'

for (const [title, secret] of [
  ['encrypted', KEY_FILE],
  ['unencrypted', NO_SECRET],
] as const) {
  testWith('b3sum')(`b3sum: every object but the config has its hash for a name, ${title}${needing('b3sum')}`, async (t) => {
    const place = await createPlace(t, secret)
    writeRandom(join(place.source, 'random'), 1, 400_000)
    writeFileSync(join(place.source, 'text'), textContent(1, 300_000))
    await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
    const objects = readdirSync(place.location, {recursive: true, withFileTypes: true}).filter(
      (entry) => entry.isFile() && entry.name !== 'config',
    )
    t.true(objects.length >= 4)
    for (const {parentPath, name} of objects) t.is(run('b3sum', '--no-names', join(parentPath, name)).trim(), name)
  })
}

testWith('b3sum')(
  `b3sum: a small file of an unencrypted repository is one chunk, named by the hash of the file${needing('b3sum')}`,
  async (t) => {
    const place = await createPlace(t, NO_SECRET)
    const paths = [1, 100, 16 * 1024].map((sizeBytes) => {
      const path = join(place.source, String(sizeBytes))
      writeRandom(path, sizeBytes, sizeBytes)
      return path
    })
    await withRepository(place, async (repository) => {
      await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
      const [{directory}] = (await readPacks(repository)).filter(({kind}) => kind === 'data')
      const ids = Array.from({length: directory.chunkLengths.length}, (_, chunk) =>
        toHex(directory.chunkIds.subarray(chunk * 32, chunk * 32 + 32)),
      )
      t.deepEqual(ids.sort(), paths.map((path) => run('b3sum', '--no-names', path).trim()).sort())
    })
  },
)
