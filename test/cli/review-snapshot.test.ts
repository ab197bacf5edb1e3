import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {reviewBefore} from '../../src/cli/review-snapshot.js'
import {takeSnapshot} from '../../src/index.js'
import {createPlace, withRepository, WORKERS} from '../operations/repository-place.js'
import {pathsIn} from '../operations/simple-source.js'
import {fakeTerminal, memoryOutput} from './memory-output.js'

const DOWN = '\u001b[B'
const LOUD = {json: false, quiet: false}

test('review: what is picked on a terminal is compared with the parent that was shown, and the list is on stderr', async (t) => {
  const place = await createPlace(t)
  const options = {paths: [place.source], workers: WORKERS}
  writeFileSync(join(place.source, 'a'), '')
  await withRepository(place, async (repository) => {
    const {id} = await takeSnapshot(repository, options)
    for (const name of ['b', 'c']) writeFileSync(join(place.source, name), '')
    const {terminal, type} = fakeTerminal()
    Object.assign(terminal.output, {end: () => undefined})
    const [output, errorOutput] = [memoryOutput(), memoryOutput()]
    const asked = reviewBefore(repository, options, {flags: LOUD, output, errorOutput, terminal})
    while (errorOutput.text() === '') await setTimeout(10)
    // Another machine of the same name, perhaps.
    await takeSnapshot(repository, options)
    for (const key of [DOWN, DOWN, '\r', ' ', '\r']) {
      await setTimeout(100)
      type(key)
    }
    const chosen = await asked
    if (chosen === 'none') return t.fail()
    t.is(chosen.parent, id)
    t.is(output.text(), '')
    t.true(errorOutput.lines().includes('  + b  (0 B)'))
    await takeSnapshot(repository, chosen)
    t.deepEqual(await pathsIn(repository), ['a', 'b'])
  })
})

test('review: nobody is asked with --quiet, --json, in a dry run, and where there is no terminal', async (t) => {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'folder'))
  const options = {paths: [place.source]}
  const {terminal} = fakeTerminal()
  await withRepository(place, async (repository) => {
    for (const [flags, more, asked] of [
      [{...LOUD, quiet: true}, {}, terminal],
      [{...LOUD, json: true}, {}, terminal],
      [LOUD, {dryRun: true}, terminal],
      [LOUD, {}, undefined],
    ] as const) {
      const [output, errorOutput] = [memoryOutput(), memoryOutput()]
      const given = {...options, ...more}
      t.is(await reviewBefore(repository, given, {flags, output, errorOutput, terminal: asked}), given)
      t.true(output.text().includes('folder'))
      t.is(errorOutput.text(), '')
    }
  })
})
