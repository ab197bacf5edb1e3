import test from 'ava'
import {pausable} from '../../../src/cli/pausing.js'
import {JsonProgress} from '../../../src/cli/reporters/json-progress.js'
import {memoryOutput, parseLines} from '../memory-output.js'

/** Signals are not heard on Windows. */
const unlessWindows = process.platform === 'win32' ? test.skip : test

unlessWindows('progress for programs: the last is told again when a pause begins and when it ends, until it is stopped', async (t) => {
  const output = memoryOutput()
  const progress = new JsonProgress(output)
  await pausable(async () => {
    process.emit('SIGUSR1', 'SIGUSR1')
    process.emit('SIGUSR2', 'SIGUSR2')
    t.is(output.text(), '', 'there is none yet')
    progress.tell({done: 1})
    progress.tell({done: 2})
    process.emit('SIGUSR1', 'SIGUSR1')
    process.emit('SIGUSR1', 'SIGUSR1')
    process.emit('SIGUSR2', 'SIGUSR2')
    progress.stop()
    process.emit('SIGUSR1', 'SIGUSR1')
  })
  t.deepEqual(
    parseLines(output).map(({type, done, paused}) => ({type, done, paused})),
    [
      {type: 'progress', done: 1, paused: false},
      {type: 'progress', done: 2, paused: false},
      {type: 'progress', done: 2, paused: true},
      {type: 'progress', done: 2, paused: false},
    ],
  )
})
