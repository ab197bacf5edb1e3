import test from 'ava'
import {drawChart} from '../../../bench/report/chart.js'
import {benchmarkCharts} from '../../../bench/report/charts.js'
import {resultOf} from '../fixtures.js'

const spread = (median: number) => ({median, least: median, most: median})

test('chart: bars of a group are as long as their medians are to each other', (t) => {
  const groups = [
    {
      title: 'first',
      bars: [
        {runner: 'a', spread: spread(1)},
        {runner: 'b', spread: spread(4)},
      ],
    },
  ]
  const svg = drawChart({title: 'Time', subtitle: '', groups, format: String})
  const widths = [...svg.matchAll(/x="230" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width))
  t.is(widths.length, 2)
  t.is(widths[1], widths[0] * 4)
})

test('chart: text of others cannot break the picture', (t) => {
  const svg = drawChart({title: 'a <b> & "c"', subtitle: '', groups: [], format: String})
  t.true(svg.includes('a &lt;b&gt; &amp; &quot;c&quot;'))
  t.false(svg.includes('<b>'))
})

test('charts: start-up is not drawn, and a restore has no stored bytes', (t) => {
  const results = [
    resultOf('linux', 'first', {pocket: [1], restic: [3]}),
    resultOf('tar', 'restore', {pocket: [1]}, {differences: 0}),
    resultOf('startup', 'pocket list', {'20.19.0': [0.2]}),
  ]
  const charts = benchmarkCharts(results)
  t.deepEqual(Object.keys(charts), ['benchmarks.svg', 'benchmarks-stored.svg', 'benchmarks-memory.svg'])
  t.true(charts['benchmarks.svg'].includes('Title of tar, restore'))
  t.false(charts['benchmarks-stored.svg'].includes('Title of tar, restore'))
  t.false(charts['benchmarks.svg'].includes('startup'))
})
