import {createHook} from 'node:async_hooks'
import {execFile} from 'node:child_process'
import {setTimeout} from 'node:timers/promises'
import {promisify} from 'node:util'
import test from 'ava'
import {keepPoolAwake} from '../../src/util/wake-pool.js'

test.serial('wake pool: gives the pool something to do again and again', async (t) => {
  let tasks = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'RANDOMBYTESREQUEST') tasks++
    },
  }).enable()
  keepPoolAwake(10)
  // Once is enough.
  keepPoolAwake(10)
  await setTimeout(500)
  hook.disable()
  t.true(tasks >= 3 && tasks <= 55, `${tasks} tasks`)
})

test.serial('wake pool: the process ends all the same', async (t) => {
  const module = new URL('../../src/util/wake-pool.js', import.meta.url).href
  const program = `import {keepPoolAwake} from ${JSON.stringify(module)}; keepPoolAwake(10); console.log('end')`
  const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {timeout: 60_000})
  t.is(stdout, 'end\n')
})
