import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {goalOutcomes} from '../../bench/goals.js'
import type {IndexFigures} from '../../bench/index-memory.js'
import {benchmarkCharts} from '../../bench/report/charts.js'
import {benchmarksPage} from '../../bench/report/markdown.js'
import type {WorkloadResult} from '../../bench/results.js'
import {resultOf} from './fixtures.js'
import {temporaryFolder} from './temporary-folder.js'

const PROGRAM = fileURLToPath(new URL('../../bench/index-memory.js', import.meta.url))
const FIGURES: IndexFigures = {
  chunks: 1000,
  keptBytes: 38_400,
  residentBytes: 50_000,
  loadSeconds: 4,
  hitsPerSecond: 3e6,
  missesPerSecond: 4e6,
}

function indexResult(...rounds: IndexFigures[]): WorkloadResult {
  const result = resultOf('index', 'load', {pocket: rounds.map(() => 5)})
  result.steps[0].samples.forEach((sample, round) => {
    sample.index = rounds[round]
  })
  return result
}

test('index in memory: what was made is loaded, and every id is found', async (t) => {
  const folder = await temporaryFolder(t)
  const [objects, report] = [join(folder, 'objects'), join(folder, 'report')]
  execFileSync(process.execPath, [PROGRAM, 'make', objects, '30000'])
  execFileSync(process.execPath, ['--expose-gc', PROGRAM, 'load', objects, '30000', report])
  const figures = JSON.parse(readFileSync(report, 'utf8')) as IndexFigures
  t.true(figures.chunks >= 30_000)
  t.true(figures.keptBytes > 30 * figures.chunks)
  t.true([figures.loadSeconds, figures.hitsPerSecond, figures.missesPerSecond].every((value) => value > 0))
})

test('index in memory: the goal is about what is kept, and has a table of its own', (t) => {
  const result = indexResult(FIGURES, {...FIGURES, keptBytes: 41_000}, {...FIGURES, keptBytes: 38_200})
  t.like(goalOutcomes([result])[0], {measured: '38.4', isMet: true})
  t.like(goalOutcomes([indexResult({...FIGURES, keptBytes: 40_100})])[0], {measured: '40.1', isMet: false})
  const page = benchmarksPage([result])
  t.true(page.includes('| kept in memory, a chunk | 38.4 bytes | 38.2 bytes–41.0 bytes |'))
  t.true(page.includes('| lookups a second of chunks that are there | 3.00 million | 3.00 million–3.00 million |'))
})

test('index in memory: is not drawn beside other tools', (t) => {
  const charts = benchmarkCharts([resultOf('linux', 'first', {pocket: [1]}), indexResult(FIGURES)])
  t.false(Object.values(charts).some((svg) => svg.includes('Title of index')))
})
