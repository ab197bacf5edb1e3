import {hostname} from 'node:os'
import test from 'ava'
import {livenessOf, ownIdentity, type ProcessTable} from '../../src/util/process-identity.js'

/** A system that answers as told. */
function table(changes: Partial<ProcessTable>): ProcessTable {
  const fail = (): never => {
    throw Object.assign(new Error('there is none'), {code: 'ENOENT'})
  }
  return {platform: 'linux', readFile: fail, readLink: fail, run: fail, isThere: () => true, ...changes}
}

test('process: this one is alive, and one that is gone is dead', (t) => {
  const own = ownIdentity()
  t.is(own.pid, process.pid)
  t.is(livenessOf(own), 'alive')
  t.is(livenessOf({...own, pid: 2 ** 22 - 1}), 'dead')
})

test('process: on Linux a name with blanks and parentheses does not hide when it began', (t) => {
  const stat = `7 (a) b (c) S 1 ${Array.from({length: 17}, () => '0').join(' ')} 4711 0 0`
  const linux = table({
    readFile: (path) => (path.endsWith('stat') ? stat : 'boot\n'),
    readLink: () => 'pid:[1]',
  })
  const identity = {host: hostname(), pid: 7, boot: 'boot', namespace: 'pid:[1]', started: '4711'}
  t.is(livenessOf(identity, linux), 'alive')
  t.is(livenessOf({...identity, started: '4712'}, linux), 'dead')
  t.is(livenessOf({...identity, boot: 'another'}, linux), 'dead')
  t.is(livenessOf({...identity, namespace: 'pid:[2]'}, linux), 'unknown')
  t.is(livenessOf({...identity, boot: 'another', host: 'another'}, linux), 'unknown')
})

test('process: on macOS ps and sysctl are asked, and small differences of their clocks do not matter', (t) => {
  const asked: string[] = []
  const mac = table({
    platform: 'darwin',
    run: (program, words) => {
      asked.push([program, ...words].join(' '))
      return program === '/bin/ps' ? 'Sun Mar  1 12:00:00 2026\n' : 'SESSION\n'
    },
  })
  const started = Date.parse('Sun Mar  1 12:00:00 2026')
  const identity = {host: hostname(), pid: 7, boot: 'SESSION', namespace: '', started: String(started + 800)}
  t.is(livenessOf(identity, mac), 'alive')
  t.is(livenessOf({...identity, started: String(started - 60_000)}, mac), 'dead')
  t.true(asked.includes('/bin/ps -o lstart= -p 7'), asked.join('\n'))
})

test('process: on Windows PowerShell is asked, and one that cannot be asked is taken for the same', (t) => {
  const identity = {host: hostname(), pid: 7, boot: '', namespace: '', started: '1000000'}
  t.is(livenessOf(identity, table({platform: 'win32', run: () => '1000900\r\n'})), 'alive')
  t.is(livenessOf(identity, table({platform: 'win32', run: () => '9000000\r\n'})), 'dead')
  t.is(livenessOf(identity, table({platform: 'win32'})), 'alive')
  t.is(livenessOf(identity, table({platform: 'win32', isThere: () => false})), 'dead')
})
