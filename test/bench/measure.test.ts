import test from 'ava'
import {findProgram} from '../../bench/command.js'
import {measure} from '../../bench/measure.js'
import {isPocketError} from '../../src/errors.js'

/** GNU time and a POSIX shell are what measuring stands on; nothing else is checked in their absence. */
const measuring = findProgram('time') === undefined ? test.skip : test
const node = (script: string) => ({program: process.execPath, arguments: ['-e', script]})

measuring('measure: counts the CPU of a child of the program too', async (t) => {
  const spin = 'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end);'
  const parent = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}])`
  const {cpuSeconds} = await measure(node(parent))
  t.true(cpuSeconds >= 0.3, `${cpuSeconds} s`)
})

measuring('measure: waiting is wall time and not CPU time', async (t) => {
  const {wallSeconds, cpuSeconds} = await measure(node('setTimeout(() => {}, 500)'))
  t.true(wallSeconds >= 0.5)
  t.true(cpuSeconds < wallSeconds)
})

measuring('measure: the peak is the program’s, and not the harness’s', async (t) => {
  const ballast = Buffer.alloc(300 << 20, 1)
  const {peakBytes} = await measure(node('Buffer.alloc(100 << 20, 1)'))
  t.true(peakBytes > 100 << 20 && peakBytes < 250 << 20, `${peakBytes}`)
  t.is(ballast[0], 1)
})

measuring('measure: a run that fails has no time', async (t) => {
  const error = await t.throwsAsync(measure(node('console.error("no such luck"); process.exit(3)')))
  t.true(isPocketError(error, 'io-failed'))
  t.regex(error?.message ?? '', /ended with 3: .*no such luck/s)
})
