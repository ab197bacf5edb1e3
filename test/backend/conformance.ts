/** The promises of `Backend`, as tests: every implementation and every wrapper is held to all of them. */
import test, {type ExecutionContext} from 'ava'
import type {Clients, Promises} from './promises.js'
import {testConcurrency, testList, testNames, testRemove} from './promises-of-many.js'
import {testGet, testIfAbsent, testMissing, testPut} from './promises-of-objects.js'

export interface Registration {
  /** `test`, or `test.skip` where the backend cannot be had. */
  register?: typeof test | typeof test.skip
  /** Why it may be skipped, at the end of each title. */
  where?: string
}

/** Registers the suite for one kind of backend; `open` gives clients of fresh, empty storage. */
export function testConformance(
  kind: string,
  open: (t: ExecutionContext) => Promise<Clients>,
  {register: registerTest = test, where = ''}: Registration = {},
): void {
  const promise: Promises = (title, run) =>
    registerTest(`${kind}: ${title}${where}`, async (t) => {
      const clients = await open(t)
      await run(t, clients)
      await clients.backend.close()
    })
  for (const register of [testPut, testIfAbsent, testGet, testMissing, testList, testRemove, testNames, testConcurrency]) register(promise)
}
