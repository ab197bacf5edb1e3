import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {loadResults, saveResult} from '../../bench/results.js'
import {resultOf} from './fixtures.js'
import {temporaryFolder} from './temporary-folder.js'

test('results: a workload run again replaces its own result and no other', async (t) => {
  const folder = join(await temporaryFolder(t), 'results')
  t.deepEqual(await loadResults(folder), [])
  await saveResult(folder, resultOf('linux', 'first', {pocket: [1]}))
  await saveResult(folder, resultOf('tar', 'first', {pocket: [1]}))
  await saveResult(folder, resultOf('linux', 'first', {pocket: [7]}))
  await writeFile(join(folder, 'benchmarks.md'), 'not a result')
  const loaded = await loadResults(folder)
  t.deepEqual(
    loaded.map(({workload, steps}) => [workload, steps[0].samples[0].wallSeconds]),
    [
      ['linux', 7],
      ['tar', 1],
    ],
  )
})
