import test from 'ava'
import {benchmarksPage} from '../../../bench/report/markdown.js'
import {MACHINE, resultOf} from '../fixtures.js'

test('benchmarks page: a step shows medians, spread and the ratio within each round', (t) => {
  const page = benchmarksPage([resultOf('linux', 'first', {pocket: [1, 2, 3], restic: [4, 6, 18]})])
  t.true(page.includes('| pocket 1.2.3 | 2.00 s (1.00 s–3.00 s) |  | 4.00 s | 100.0 MiB | 200.0 MiB |'))
  t.true(page.includes('| restic 1.2.3 | 6.00 s (4.00 s–18.00 s) | × 4.00 | 12.00 s | 100.0 MiB | 200.0 MiB |'))
  t.true(page.includes('| Linux source, first: as fast as restic | 3 times or more | 4.00 times | met |'))
})

test('benchmarks page: says whether restored trees were equal', (t) => {
  t.regex(benchmarksPage([resultOf('linux', 'restore', {pocket: [1]}, {differences: 0})]), /\| yes \|/)
  t.regex(benchmarksPage([resultOf('linux', 'restore', {pocket: [1]}, {differences: 4})]), /\| no: 4 differences \|/)
})

test('benchmarks page: a result of another machine says so', (t) => {
  const here = resultOf('linux', 'first', {pocket: [1]})
  const there = {...resultOf('tar', 'first', {pocket: [1]}), finished: '2025-01-01T00:00:00.000Z', machine: {...MACHINE, cores: 64}}
  const page = benchmarksPage([here, there])
  t.is(page.split('Other machine:').length, 2)
  t.regex(page, /Other machine: .* 64 cores/)
})
