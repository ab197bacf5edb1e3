import test from 'ava'
import {parseArguments} from '../../bench/arguments.js'
import {isPocketError} from '../../src/errors.js'

const KNOWN = {workloads: ['linux', 'random'], tools: ['pocket', 'restic'], project: '/project', environment: {}}

test('bench arguments: nothing named means everything, three rounds, and the project’s own data folder', (t) => {
  t.deepEqual(parseArguments([], KNOWN), {
    workloads: ['linux', 'random'],
    tools: ['pocket', 'restic'],
    rounds: 3,
    dataFolder: '/project/.bench-data',
    isTrial: false,
  })
})

test('bench arguments: named workloads run in the order of the page', (t) => {
  t.deepEqual(parseArguments(['random', 'linux', '--rounds', '5'], KNOWN).workloads, ['linux', 'random'])
})

test('bench arguments: --data goes before POCKET_BENCH_DATA', (t) => {
  const known = {...KNOWN, environment: {POCKET_BENCH_DATA: '/from-environment'}}
  t.is(parseArguments([], known).dataFolder, '/from-environment')
  t.is(parseArguments(['--data', '/named'], known).dataFolder, '/named')
})

test('bench arguments: --quick is one round, and neither it nor --tools touches the page', (t) => {
  t.like(parseArguments(['--quick'], KNOWN), {rounds: 1, isTrial: true})
  t.like(parseArguments(['--tools', 'restic'], KNOWN), {rounds: 3, isTrial: true, tools: ['restic']})
})

for (const words of [['disk'], ['--tools', 'tar'], ['--rounds', '0'], ['--rounds', '1.5'], ['--fast']]) {
  test(`bench arguments: '${words.join(' ')}' is a usage error`, (t) => {
    const error = t.throws(() => parseArguments(words, KNOWN))
    t.true(isPocketError(error, 'usage'))
  })
}
