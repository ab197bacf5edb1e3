import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {type EstimateRequest, startEstimate} from '../../src/engine/estimate.js'
import {toByteString} from '../../src/util/bytes.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

test('estimate: counts files and bytes', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'four')
  const estimate = startEstimate({paths: [toByteString(folder)], excludes: [], forbidden: []}, () => Promise.resolve())
  while (estimate.totals === undefined) await setTimeout(10)
  t.deepEqual(estimate.totals, {files: 2, bytes: 8})
  await estimate.stop()
})

test('estimate: when its worker fails, nothing is told and nothing else fails', async (t) => {
  const estimate = startEstimate({paths: undefined, excludes: [], forbidden: []} as unknown as EstimateRequest, () => Promise.resolve())
  await setTimeout(500)
  t.is(estimate.totals, undefined)
  await estimate.stop()
})

test('estimate: the counting stands still while it is to pause', async (t) => {
  const folder = temporaryFolder(t)
  for (let file = 0; file < 5000; file++) writeFileSync(join(folder, `f${file}`), '')
  let resume = (): void => {}
  const paused = new Promise<void>((resolve) => (resume = resolve))
  let asked = 0
  const estimate = startEstimate({paths: [toByteString(folder)], excludes: [], forbidden: []}, () => {
    asked++
    return paused
  })
  while (asked === 0) await setTimeout(10)
  await setTimeout(300)
  t.is(asked, 1)
  t.is(estimate.totals, undefined)
  resume()
  while (estimate.totals === undefined) await setTimeout(10)
  t.is(estimate.totals.files, 5000)
  await estimate.stop()
})
