import {createLocalBackend, openLocalBackend} from '../../src/backend/local.js'
import {testConformance} from './conformance.js'
import {temporaryFolder} from './temporary-folder.js'

testConformance('local', async (t) => {
  const folder = temporaryFolder(t)
  return {backend: await createLocalBackend(folder), other: openLocalBackend(folder)}
})
