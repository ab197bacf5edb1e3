import test from 'ava'
import {compareVersions, identify, newest} from '../../../bench/tools/program.js'

const programOf = (version: string) => ({program: version, arguments: [], environment: {}, version})

test('tools: the newest version wins, number by number', (t) => {
  t.is(newest(['0.14.0', '0.19.1', '0.9.6'].map(programOf))?.version, '0.19.1')
  t.true(compareVersions('1.4', '1.4.1') < 0)
  t.is(newest([]), undefined)
})

test('tools: a program is asked for its version', async (t) => {
  const {version} = await identify({program: process.execPath, arguments: [], environment: {}}, '--version')
  t.is(version, process.versions.node)
})
